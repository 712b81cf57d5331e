/** Whether this process has the rights of root, of its user namespace at least. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}
