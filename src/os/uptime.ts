/** Milliseconds since this process began, by a clock that only goes forward. Node loads `performance` at its first use, and this not. */
export function uptime(): number {
  return process.uptime() * 1000
}
