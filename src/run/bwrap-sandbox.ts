import { isRoot } from '../os/is-root.js'
import type { ConfinedCommand, ProcessSandbox } from './process-sandbox.js'

export interface BwrapOptions {
  /** The bwrap program, a path; `/usr/bin/bwrap` unless told. */
  readonly program?: string | undefined
  /** More paths that wasmtime needs to be able to read: libraries in a place of their own. */
  readonly readable?: readonly string[] | undefined
  /** Has root's rights over files of others; who runs this unless told. */
  readonly root?: boolean | undefined
}

/** Where programs and libraries lie; what is not there is left out. */
const systemPaths = ['/usr', '/lib', '/lib64', '/bin', '/etc/ld.so.cache', '/nix/store', '/gnu/store']
/** A session of root's holds files of everybody. */
const rootCapabilities = ['CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_CHOWN']

/**
 * A process sandbox by bubblewrap: wasmtime sees the system's libraries, itself, and the directories that it was handed, and no other
 * file, process or network. It dies with this process.
 */
export function bwrapSandbox(options: BwrapOptions = {}): ProcessSandbox {
  const { program = '/usr/bin/bwrap', readable = [], root = isRoot() } = options
  // Root needs no user namespace, and in one it would have no rights over files of others.
  const capabilities = root ? rootCapabilities.flatMap((name) => ['--cap-add', name]) : []
  const confinement = [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...(root ? [] : ['--unshare-user']),
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', ...capabilities],
    ...[...systemPaths, ...readable].flatMap((path) => ['--ro-bind-try', path, path]),
  ]
  return {
    name: 'bwrap',
    wrap: (command: ConfinedCommand) => ({
      ...command,
      program,
      // wasmtime opens its directories by /proc/self/fd. The environment goes on as it is, off the command line.
      args: [
        ...confinement,
        ...['--ro-bind', command.program, command.program, '--proc', '/proc', '--chdir', '/', '--'],
        command.program,
        ...command.args,
      ],
    }),
  }
}
