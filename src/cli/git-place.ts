import { absPath, bytesFromText, type GitPlace } from '../index.js'
import type { CommandContext } from './context.js'

/** Where the environment says that git and temporary files are. */
export function gitPlace({ env }: CommandContext): GitPlace {
  return { path: env.path, tempDir: absPath(bytesFromText(env.tempDir)) }
}
