/** `2026-01-02 03:04:05`, in the machine's own time zone; what is no moment stays as it is. */
export function localTime(moment: string | number): string {
  const date = new Date(moment)
  if (Number.isNaN(date.getTime())) return `${moment}`
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}
