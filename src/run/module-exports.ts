import type { FileOps } from '../os/file-ops.js'
import { type ModuleContent, readContent } from './module-content.js'

/** An export section is a few kilobytes; one larger than this is not read. */
const longestSection = 16 * 1024 * 1024
const preamble = 8
const exportSection = 7

/**
 * Names of everything that a core module exports, by walking over its sections; `undefined` when the file breaks the format
 * (wasmtime then says what is wrong with it). WebAssembly core specification, "Binary Format: Modules".
 */
export function moduleExports(ops: FileOps, content: ModuleContent): ReadonlySet<string> | undefined {
  const header = new Uint8Array(6)
  for (let at = preamble; ; ) {
    const length = readContent(ops, content, header, at)
    if (length === 0) return new Set()
    const size = unsigned(header.subarray(0, length), 1)
    if (size === undefined) return undefined
    if (header[0] === exportSection) return exportNames(payload(ops, content, size.next + at, size.value))
    at += size.next + size.value
  }
}

function payload(ops: FileOps, content: ModuleContent, at: number, size: number): Uint8Array | undefined {
  if (size > longestSection) return undefined
  const bytes = new Uint8Array(size)
  let filled = 0
  while (filled < size) {
    const length = readContent(ops, content, bytes.subarray(filled), at + filled)
    if (length === 0) return undefined
    filled += length
  }
  return bytes
}

function exportNames(bytes: Uint8Array | undefined): ReadonlySet<string> | undefined {
  if (bytes === undefined) return undefined
  const names = new Set<string>()
  const count = unsigned(bytes, 0)
  let at = count?.next ?? 0
  for (let left = count?.value ?? -1; left !== 0; left -= 1) {
    const length = left < 0 ? undefined : unsigned(bytes, at)
    if (length === undefined) return undefined
    const end = length.next + length.value
    // One byte says what kind of thing is exported, a number says which one.
    const index = end < bytes.length ? unsigned(bytes, end + 1) : undefined
    if (index === undefined) return undefined
    names.add(Buffer.from(bytes.subarray(length.next, end)).toString('utf8'))
    at = index.next
  }
  return names
}

/** An unsigned LEB128 number of at most 32 bits, and where the next field begins. */
function unsigned(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0
  for (let length = 0; length < 5; length += 1) {
    const byte = bytes[at + length]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * length)
    if (byte < 0x80) return { value, next: at + length + 1 }
  }
  return undefined
}
