/** Node's module, loaded at its first use: that takes longer than all that most commands do, and most need none of it. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
