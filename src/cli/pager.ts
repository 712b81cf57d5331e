import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { CommandContext, Write } from './context.js'

export interface Pager {
  readonly write: Write
  /** Ends its input, and waits until the person has left it. */
  close(): Promise<void>
}

/** As git calls it: no pager for what fits a screen, colours as they are, nothing wiped at the end. */
const lessOptions = { LESS: 'FRX', LV: '-c' }

const lessOrCat = 'if command -v less >/dev/null 2>&1; then exec less; else exec cat; fi'

/** Starts `$PAGER` (`less` without one) on our standard output; `undefined` for `cat` or an empty one. */
export async function openPager(context: CommandContext): Promise<Pager | undefined> {
  const { env, ports } = context
  const program = env.terminal.PAGER?.trim()
  if (program === '' || program === 'cat') return undefined
  const input = new PassThrough()
  input.on('error', () => undefined)
  const child = await ports.runner.start({
    program: '/bin/sh',
    // PAGER is a shell command by convention (`less -S`).
    args: ['-c', program === undefined ? lessOrCat : `exec ${program}`],
    env: { ...lessOptions, ...env.terminal, PATH: env.path },
    stdin: input,
    stdout: 'inherit',
    stderr: 'inherit',
  })
  let ended = false
  const end = child.ended.then(() => {
    ended = true
    input.destroy()
  })
  return {
    async write(chunk) {
      if (ended || input.write(chunk)) return
      await Promise.race([once(input, 'drain'), end])
    },
    async close() {
      input.end()
      await end
    },
  }
}
