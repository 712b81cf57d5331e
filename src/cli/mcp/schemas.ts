import { z } from 'zod'

/** Much longer than any path that the kernel takes, or name. */
const longestText = 65_536
const mostItems = 1000

/** Text for a program: nothing that a C string or UTF-8 cannot hold. */
export const programText: z.ZodString = z
  .string()
  .max(longestText)
  .refine((text) => !text.includes('\0'), 'it holds a null character')
  .refine((text) => !/\p{Surrogate}/u.test(text), 'it is no text that UTF-8 can hold')

/** A path as the results of the tools have it: lone surrogates are bytes that are not UTF-8. */
const path: z.ZodString = z
  .string()
  .min(1)
  .max(longestText)
  .refine((text) => !text.includes('\0'), 'it holds a null character')

export const session: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe('The session’s id. May be left out where the project has one open session only.')

export const directory: z.ZodOptional<z.ZodString> = path.optional()

export const modulePath: z.ZodString = path

/** Not empty: no path at all would mean all of them. */
export const paths: z.ZodOptional<z.ZodArray<z.ZodString>> = z.array(path).min(1).max(mostItems).optional()

export const words: z.ZodOptional<z.ZodArray<z.ZodString>> = z.array(programText).max(mostItems).optional()
