/** The user whose rights this process has. */
export function effectiveUid(): number {
  return process.geteuid?.() ?? -1
}
