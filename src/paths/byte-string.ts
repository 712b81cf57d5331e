declare const brand: unique symbol

/**
 * Raw bytes as a string: each UTF-16 unit is one byte (0 to 255), as in Node's `latin1`. Names on disk are
 * bytes; this form keeps every one of them, and works as a Map key and in comparisons (byte order).
 */
export type ByteString = string & { readonly [brand]: 'bytes' | 'rel' | 'abs' }

/** A path below some root: components joined by `/`, none empty, `.` or `..`; '' is the root itself. Made by `relPath`. */
export type RelPath = ByteString & { readonly [brand]: 'rel' }

/** An absolute path, normalised: no empty, `.` or `..` component, no slash at the end (but `/` itself). Made by `absPath`. */
export type AbsPath = ByteString & { readonly [brand]: 'abs' }
