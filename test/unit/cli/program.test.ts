import { expect, it } from 'vitest'
import { splitArguments } from '../../../src/cli/arguments.js'
import type { CommandEntry } from '../../../src/cli/command-spec.js'
import { parseCommandLine, type Request } from '../../../src/cli/program.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

/** Parses with the commands `one` and `two`; also tells which were loaded. */
function parse(...args: string[]): { loaded: Set<string>; request: Promise<Request> } {
  const loaded = new Set<string>()
  const entry = (name: string): CommandEntry => ({
    name,
    load() {
      loaded.add(name)
      const define = (command: Parameters<Awaited<ReturnType<CommandEntry['load']>>['define']>[0]): typeof command =>
        command.argument('[operand]').option('--flag', `flag of ${name}`)
      return Promise.resolve({ name, define, run: () => Promise.resolve({ json: {} }) })
    },
  })
  const commands = [entry('one'), entry('two')]
  return { loaded, request: parseCommandLine(commands, '1.2.3', splitArguments(args as ByteString[])) }
}

it('loads the command that is named, and no other', async () => {
  const { loaded, request } = parse('--quiet', 'one', 'operand', '--flag')
  expect(await request).toMatchObject({
    what: 'command',
    spec: { name: 'one' },
    invocation: { operands: ['operand'], options: { flag: true } },
    globals: { quiet: true },
  })
  expect([...loaded]).toEqual(['one'])
})

it('takes the first word for the command, whatever else has a name of one', async () => {
  expect(await parse('-C', 'one', 'two', 'one').request).toMatchObject({
    spec: { name: 'two' },
    invocation: { operands: ['one'] },
    globals: { project: 'one' },
  })
})

it('loads nothing to print the version', async () => {
  const { loaded, request } = parse('--version')
  expect(await request).toEqual({ what: 'text', text: '1.2.3\n' })
  expect(loaded.size).toBe(0)
})

it('knows all commands for help, and for a slip', async () => {
  expect(await parse('--help').request).toMatchObject({ text: expect.stringMatching(/one.*\n.*two/) })
  expect(await parse('help', 'one').request).toMatchObject({ text: expect.stringContaining('flag of one') })
  expect(await parse('one', '--help').request).toMatchObject({ text: expect.stringContaining('flag of one') })
  await expect(parse('tow', 'one').request).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('Did you mean two?'),
  })
  await expect(parse().request).rejects.toMatchObject({ message: 'Expected a command, got none: one, two' })
})
