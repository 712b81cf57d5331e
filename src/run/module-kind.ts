/**
 * What a module file holds.
 * - `core`: a WebAssembly module (WASI preview 1 programs).
 * - `component`: a WebAssembly component (WASI preview 2).
 * - `text`: either of them in the text format.
 * - `precompiled`: native code that `wasmtime compile` wrote.
 */
export type ModuleKind = 'core' | 'component' | 'text' | 'precompiled'

/** How many bytes of a file {@link moduleKind} wants to see. */
export const kindBytes: number = 4096

/**
 * The kind of a module by its first bytes, never by its name; `undefined`: not WebAssembly at all.
 * Magic and layer: WebAssembly core and component specifications, "Binary Format"; a `.cwasm` is an ELF object.
 */
export function moduleKind(head: Uint8Array): ModuleKind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (text.startsWith('\0asm\x01\0\0\0')) return 'core'
  // The version half of the preamble still moves from draft to draft; the layer half says "component".
  if (text.startsWith('\0asm') && text.startsWith('\x01\0', 6)) return 'component'
  if (text.startsWith('\x7fELF')) return 'precompiled'
  return /^\s*\((?:module|component)(?![\w-])/.test(withoutComments(text)) ? 'text' : undefined
}

function withoutComments(text: string): string {
  return text.replace(/^\xef\xbb\xbf/, '').replace(/^(?:\s|;;[^\n]*(?:\n|$)|\(;(?:[^;]|;(?!\)))*;\))*/, '')
}
