import type { Operation } from './operation.js'

/** What the project holds at `in/p`, and how it is made. `in/side`, `in/keep` and a rival for the same kind are always there. */
export type BaseKind = 'nothing' | 'file' | 'twin' | 'symlink' | 'full' | 'empty'

const bases: Readonly<Record<BaseKind, readonly Operation[]>> = {
  nothing: [],
  file: [['write', 'in/p', 'base']],
  twin: [
    ['write', 'in/p', 'base'],
    ['ln', 'in/p', 'in/twin'],
  ],
  symlink: [['symlink', 'keep', 'in/p']],
  full: directory('in/p', 'base'),
  empty: [['mkdir', 'in/p']],
}

/** Entries from before that a person may move over `in/p`. */
const rivals: Readonly<Record<BaseKind, readonly Operation[]>> = {
  nothing: [['write', 'old', 'old']],
  file: [['write', 'old', 'old']],
  twin: [['write', 'old', 'old']],
  symlink: [['symlink', 'old', 'old']],
  full: directory('old', 'old'),
  empty: directory('old', 'old'),
}

export function beforeSession(base: BaseKind): readonly Operation[] {
  return [['mkdir', 'in'], ['write', 'in/side', 'side'], ['write', 'in/keep', 'keep'], ...rivals[base], ...bases[base]]
}

function directory(path: string, content: string): Operation[] {
  return [
    ['mkdir', path],
    ['write', `${path}/a`, `${content} a`],
    ['write', `${path}/b`, `${content} b`],
    ['mkdir', `${path}/sub`],
    ['write', `${path}/sub/s`, `${content} s`],
  ]
}

type Kinds = readonly BaseKind[]

/** Operations that make sense where the project began with one of `on`. */
export interface Work {
  readonly on: Kinds
  readonly does: readonly Operation[]
}

const files: Kinds = ['file', 'twin']
const dirs: Kinds = ['full', 'empty']
const some: Kinds = ['file', 'twin', 'symlink', 'full', 'empty']
const all: Kinds = ['nothing', ...some]

/** Takes what is there away, then makes something else. */
function instead(...made: Operation[]): readonly Operation[] {
  return [['rm', 'in/p'], ...made]
}

/** As many programs save: a new file, renamed over the old one. */
function saved(content: string): readonly Operation[] {
  return [
    ['write', 'in/t', content],
    ['mv', 'in/t', 'in/p'],
  ]
}

/** What a session does to `in/p`. */
const changes: Readonly<Record<string, Work>> = {
  'makes a file': { on: ['nothing'], does: [['write', 'in/p', 'session']] },
  'makes a directory': {
    on: ['nothing'],
    does: [
      ['mkdir', 'in/p'],
      ['write', 'in/p/s', 'session'],
    ],
  },
  'makes a link': { on: ['nothing'], does: [['symlink', 'session', 'in/p']] },
  'moves a file there': { on: ['nothing'], does: [['mv', 'in/side', 'in/p']] },
  edits: { on: files, does: [['append', 'in/p', ' session']] },
  saves: { on: files, does: saved('session') },
  'saves the same': { on: files, does: saved('base') },
  opens: { on: files, does: [['open', 'in/p']] },
  touches: { on: some, does: [['touch', 'in/p']] },
  'changes the mode': { on: [...files, ...dirs], does: [['chmod', 'in/p', 0o700]] },
  'sets an attribute': { on: [...files, ...dirs], does: [['attr', 'in/p', 'session']] },
  'links to it': { on: files, does: [['ln', 'in/p', 'in/q']] },
  removes: { on: some, does: [['rm', 'in/p']] },
  'moves away': { on: some, does: [['mv', 'in/p', 'in/q']] },
  'puts a file there': { on: ['symlink', ...dirs], does: instead(['write', 'in/p', 'session']) },
  'puts a link there': { on: some, does: instead(['symlink', 'session', 'in/p']) },
  'puts a directory there': { on: some, does: instead(['mkdir', 'in/p'], ['write', 'in/p/s', 'session']) },
  'adds below': { on: dirs, does: [['write', 'in/p/s', 'session']] },
  'edits below': { on: ['full'], does: [['append', 'in/p/a', ' session']] },
  'removes below': { on: ['full'], does: [['rm', 'in/p/b']] },
  'moves out': { on: ['full'], does: [['mv', 'in/p/a', 'in/q']] },
}

/** What the person does to `in/p` meanwhile. */
const drifts: Readonly<Record<string, Work | 'as the session'>> = {
  nothing: { on: all, does: [] },
  'the same as the session': 'as the session',
  'makes a file': { on: ['nothing'], does: [['write', 'in/p', 'person']] },
  'makes a directory': {
    on: ['nothing'],
    does: [
      ['mkdir', 'in/p'],
      ['write', 'in/p/n', 'person'],
    ],
  },
  'makes an empty directory': { on: ['nothing'], does: [['mkdir', 'in/p']] },
  'makes a link': { on: ['nothing'], does: [['symlink', 'person', 'in/p']] },
  'edits elsewhere': {
    on: all,
    does: [
      ['append', 'in/keep', ' person'],
      ['write', 'in/news', 'person'],
    ],
  },
  edits: { on: files, does: [['append', 'in/p', ' person']] },
  'edits and takes it back': {
    on: files,
    does: [
      ['write', 'in/p', 'person'],
      ['write', 'in/p', 'base'],
    ],
  },
  saves: { on: files, does: saved('person') },
  touches: { on: some, does: [['touch', 'in/p']] },
  'changes the mode': { on: [...files, ...dirs], does: [['chmod', 'in/p', 0o750]] },
  'sets an attribute': { on: [...files, ...dirs], does: [['attr', 'in/p', 'person']] },
  removes: { on: some, does: [['rm', 'in/p']] },
  'makes a file of the same again': { on: files, does: instead(['write', 'in/p', 'base']) },
  'makes the same link again': { on: ['symlink'], does: instead(['symlink', 'keep', 'in/p']) },
  'makes the same directory again': { on: ['full'], does: instead(...directory('in/p', 'base')) },
  'makes an empty directory again': { on: ['empty'], does: instead(['mkdir', 'in/p']) },
  'moves an older one over it': { on: ['nothing', 'file', 'twin', 'symlink', 'empty'], does: [['mv', 'old', 'in/p']] },
  'puts an older one there': { on: ['full'], does: instead(['mv', 'old', 'in/p']) },
  'moves it away': { on: some, does: [['mv', 'in/p', 'in/away']] },
  'moves it away and back': {
    on: some,
    does: [
      ['mv', 'in/p', 'in/away'],
      ['mv', 'in/away', 'in/p'],
    ],
  },
  'puts a file there': { on: ['symlink', ...dirs], does: instead(['write', 'in/p', 'person']) },
  'puts a link there': { on: some, does: instead(['symlink', 'person', 'in/p']) },
  'puts a directory there': {
    on: ['file', 'twin', 'symlink'],
    does: instead(['mkdir', 'in/p'], ['write', 'in/p/n', 'person']),
  },
  'puts an empty directory there': { on: ['file', 'twin', 'symlink', 'full'], does: instead(['mkdir', 'in/p']) },
  'adds below': { on: dirs, does: [['write', 'in/p/n', 'person']] },
  'adds a directory below': { on: dirs, does: [['mkdir', 'in/p/e']] },
  'edits below': { on: ['full'], does: [['append', 'in/p/a', ' person']] },
  'edits far below': { on: ['full'], does: [['append', 'in/p/sub/s', ' person']] },
  'removes below': { on: ['full'], does: [['rm', 'in/p/b']] },
  'moves the parent away': { on: all, does: [['mv', 'in', 'gone']] },
  'moves the parent away and back': {
    on: all,
    does: [
      ['mv', 'in', 'gone'],
      ['mv', 'gone', 'in'],
    ],
  },
  'puts another parent there': {
    on: all,
    does: [
      ['mv', 'in', 'gone'],
      ['mkdir', 'in'],
      ['write', 'in/p', 'person'],
    ],
  },
}

export interface Cell {
  readonly name: string
  /** Directory of the project. */
  readonly dir: string
  readonly base: BaseKind
  readonly session: readonly Operation[]
  readonly person: readonly Operation[]
}

/** Every change kind over every base kind with every drift kind, but for what cannot be done. */
export function allCells(): Cell[] {
  const cells: Cell[] = []
  for (const base of Object.keys(bases) as BaseKind[]) {
    for (const [change, work] of Object.entries<Work>(changes)) {
      for (const [drift, other] of Object.entries(drifts)) {
        const person = other === 'as the session' ? work : other
        if (!work.on.includes(base) || !person.on.includes(base)) continue
        const name = `${base}: the session ${change}; the person: ${drift}`
        cells.push({ name, dir: `c${cells.length}`, base, session: work.does, person: person.does })
      }
    }
  }
  return cells
}
