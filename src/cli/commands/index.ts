import type { CommandEntry } from '../command-spec.js'

/** In the order of `--help`. */
export const commands: readonly CommandEntry[] = [
  { name: 'mount', load: async () => (await import('./mount.js')).mountCommand },
  { name: 'unmount', load: async () => (await import('./unmount.js')).unmountCommand },
  { name: 'list', load: async () => (await import('./list.js')).listCommand },
  { name: 'status', load: async () => (await import('./status.js')).statusCommand },
  { name: 'diff', load: async () => (await import('./diff.js')).diffCommand },
  { name: 'commit', load: async () => (await import('./commit.js')).commitCommand },
  { name: 'undo', load: async () => (await import('./undo.js')).undoCommand },
  { name: 'recover', load: async () => (await import('./recover.js')).recoverCommand },
  { name: 'discard', load: async () => (await import('./discard.js')).discardCommand },
  { name: 'exec', load: async () => (await import('./exec.js')).execCommand },
  { name: 'mcp', load: async () => (await import('./mcp.js')).mcpCommand },
  { name: 'log', load: async () => (await import('./log.js')).logCommand },
  { name: 'gc', load: async () => (await import('./gc.js')).gcCommand },
  { name: 'doctor', load: async () => (await import('./doctor.js')).doctorCommand },
  {
    name: 'completion',
    load: async () => (await import('./completion.js')).completionCommand(() => Promise.all(commands.map(load))),
  },
]

function load(entry: CommandEntry): ReturnType<CommandEntry['load']> {
  return entry.load()
}
