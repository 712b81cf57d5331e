// Who measures, and where: one user with the backend that is theirs, and trees that belong to them.

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.cjs')

export class World {
  /**
   * backend: the one that `mount` takes for this user. uid: the user, undefined for the one who runs this.
   * directory: of the user's own, holds `big` and `small` (the trees), `home` and whatever rows put there.
   */
  constructor({ backend, uid, directory, docs, files, editSize }) {
    this.backend = backend
    this.uid = uid
    this.directory = directory
    this.big = join(directory, 'big')
    this.small = join(directory, 'small')
    this.home = join(directory, 'home')
    /** The directory of the big tree with texts, its files to edit, and how many at a time; relative to the tree. */
    this.docs = docs
    this.files = files
    this.editSize = editSize
    this.sessions = 0
  }

  /**
   * Runs a program to its end as this user. Output goes to files: /dev/null makes grep stop at its first hit, and a
   * pipe would stay open as long as a daemon that was started.
   * @returns {{ms: number, stdout: string}}
   */
  run(argv, { cwd = this.directory, input } = {}) {
    const names = ['out', 'err'].map((name) => join(dirname(this.directory), `${this.backend}.${name}`))
    const [out, err] = names.map((name) => openSync(name, 'w'))
    const started = process.hrtime.bigint()
    const done = spawnSync(argv[0], argv.slice(1), {
      cwd,
      input,
      stdio: [input === undefined ? 'ignore' : 'pipe', out, err],
      env: { ...surroundings(), HOME: this.home, XDG_CACHE_HOME: this.home, XDG_STATE_HOME: this.home, CI: '1' },
      ...(this.uid === undefined ? {} : { uid: this.uid, gid: this.uid }),
    })
    const ms = Number(process.hrtime.bigint() - started) / 1e6
    closeSync(out)
    closeSync(err)
    if (done.status !== 0) {
      const why = done.error?.message ?? readFileSync(names[1], 'latin1').slice(0, 2000)
      throw new Error(
        `${argv.slice(0, 8).join(' ')} ended with ${done.status ?? done.signal} for ${this.backend}: ${why}`,
      )
    }
    return { ms, stdout: readFileSync(names[0], 'latin1') }
  }

  /** Milliseconds that a program takes. */
  time(argv, options) {
    return this.run(argv, options).ms
  }

  /** openagentic-overlay on a tree of this world. */
  overlay(tree, args, options) {
    return this.run([process.execPath, program, '-C', tree, ...args], options)
  }

  newId() {
    this.sessions += 1
    return `bench-${this.sessions}`
  }

  /** A session of its own, until `undo` runs if there is one. Fails if another backend served it. */
  session(tree, undo, backend = this.backend) {
    const id = this.newId()
    undo?.push(() => this.overlay(tree, ['discard', id, '--yes']))
    const wish = backend === this.backend ? [] : ['--backend', backend]
    const told = JSON.parse(this.overlay(tree, ['--json', 'mount', id, ...wish]).stdout)
    if (told.backend !== backend) throw new Error(`expected the ${backend} backend, found ${told.backend}`)
    const dir = join(tree, '.openagentic/sessions', id)
    return { id, merged: told.merged, record: join(dir, 'session.json'), upper: join(dir, 'upper') }
  }

  /** fuse-overlayfs over a tree until `undo` runs, its layers in the directory `name` of this world; undefined where it is not installed, and for a user without a name. */
  fuseOverlay(tree, undo, name = 'fuse') {
    if (!hasProgram('fuse-overlayfs') || this.uid !== undefined) return undefined
    const layers = this.emptyDirectory(name)
    for (const name of ['upper', 'work', 'merged']) this.run(['mkdir', join(layers, name)])
    const merged = join(layers, 'merged')
    const options = `lowerdir=${tree},upperdir=${join(layers, 'upper')},workdir=${join(layers, 'work')}`
    const { ms } = this.run(['fuse-overlayfs', '-o', options, merged])
    undo.push(() => {
      this.run(process.getuid() === 0 ? ['umount', merged] : ['fusermount3', '-u', merged])
      rmSync(layers, { recursive: true, force: true })
    })
    return { merged, ms, pid: processWith(merged) }
  }

  /** A new directory of this user's. */
  emptyDirectory(name) {
    const path = join(this.directory, name)
    rmSync(path, { recursive: true, force: true })
    this.run(['mkdir', path])
    return path
  }
}

/** The environment but for Node's own settings: of each certificate of NODE_EXTRA_CA_CERTS, every start of Node 20 pays the reading. */
function surroundings() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')))
}

/** Is a program of this name on PATH? */
export function hasProgram(name) {
  return (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, name)))
}

/** Resident memory of a process in MiB. */
export function residentMemory(pid) {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line[1]) / 1024
}

/** Runs `body` with a list for what has to be undone, which happens in reverse order however it ends. */
export function undoing(body) {
  const undo = []
  try {
    return body(undo)
  } finally {
    for (const step of undo.reverse()) step()
  }
}

export function makeDirectory(path) {
  mkdirSync(path, { recursive: true })
  return path
}

function processWith(argument) {
  return readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(argument)
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return false
      throw error
    }
  })
}
