import type { Maker } from '../../helpers/hand-made-tree.js'

/** An upper made by hand over a project made by hand; `changes` and `ignored` are what the scan must say. */
export interface Case {
  readonly title: string
  /** Needs redirects and metacopy, so only some backends show it. */
  readonly redirects?: true
  readonly lower: (make: Maker) => void
  /** `mark(name)` is the full name of a mark in the family of the mount, `other(name)` in the other one. */
  readonly upper: (make: Maker, mark: (name: string) => string, other: (name: string) => string) => void
  readonly changes: readonly string[]
  readonly ignored?: readonly string[]
}

/** `a/{f,g,sub/h}`, `top`. */
const simple = (make: Maker): void => {
  make.dir('a')
  make.file('a/f', 'one')
  make.file('a/g', 'two')
  make.dir('a/sub')
  make.file('a/sub/h', 'three')
  make.file('top', 'top')
}

const marks: readonly Case[] = [
  {
    title: 'whiteouts by attribute below a directory marked x',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a', { [mark('opaque')]: 'x' })
      make.file('a/f', '', { [mark('whiteout')]: 'y' })
      make.file('a/g', 'not empty', { [mark('whiteout')]: 'y' })
    },
    changes: ['metadata a', 'delete a/f', 'modify a/g'],
  },
  {
    title: 'whiteouts by attribute anywhere else',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a')
      make.file('a/f', '', { [mark('whiteout')]: 'y' })
      make.file('new', '', { [mark('whiteout')]: '' })
    },
    changes: ['metadata a'],
    ignored: ['a/f', 'new'],
  },
  {
    title: 'names that other overlays give a meaning',
    lower: simple,
    upper: (make) => {
      make.dir('a')
      make.file('a/.wh.f', '')
      make.file('a/.wh..wh..opq', '')
    },
    changes: ['metadata a', 'create a/.wh..wh..opq', 'create a/.wh.f'],
  },
  {
    title: 'an opaque directory over a full one',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a', { [mark('opaque')]: 'y' })
      make.file('a/f', 'one')
      make.dir('a/sub')
      make.file('a/sub/i', 'new')
    },
    changes: ['metadata a', 'metadata a/f', 'delete a/g', 'metadata a/sub', 'delete a/sub/h', 'create a/sub/i'],
  },
  {
    title: 'opaque marks with a value that is none',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a', { [mark('opaque')]: 'yes' })
      make.dir('a/sub', { [mark('opaque')]: '' })
    },
    changes: ['metadata a', 'metadata a/sub'],
  },
  {
    title: 'whiteouts below opaque and new directories',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a', { [mark('opaque')]: 'y' })
      make.whiteout('a/f')
      make.whiteout('a/none')
      make.dir('new')
      make.whiteout('new/none')
      make.whiteout('none')
    },
    changes: ['metadata a', 'delete a/f', 'delete a/g', 'delete a/sub', 'create new'],
  },
  {
    title: 'another type over each type',
    lower: (make) => {
      simple(make)
      make.symlink('link', 'top')
    },
    upper: (make) => {
      make.file('a', 'file over directory')
      make.dir('top')
      make.file('top/in', 'in')
      make.dir('link')
    },
    changes: ['type a', 'type link', 'type top', 'create top/in'],
  },
  {
    title: 'marks of the other family',
    lower: simple,
    upper: (make, _mark, other) => {
      make.dir('a', { [other('opaque')]: 'y', [other('redirect')]: '/none' })
      make.file('a/f', '', { [other('whiteout')]: 'y' })
      make.file('a/g', 'TWO', { [other('metacopy')]: '', [other('redirect')]: '/top' })
    },
    changes: ['metadata a', 'modify a/f', 'modify a/g'],
    ignored: ['a', 'a', 'a/f', 'a/g', 'a/g'],
  },
  {
    title: 'escaped marks',
    lower: simple,
    upper: (make, mark) => {
      make.dir('a', { [mark('overlay.opaque')]: 'y' })
      make.file('a/f', '', { [mark('overlay.whiteout')]: 'y' })
    },
    changes: ['metadata a', 'modify a/f'],
    ignored: ['a', 'a/f'],
  },
  {
    title: 'marks of the project’s own entries',
    lower: (make) => {
      simple(make)
      make.whiteout('gone')
      make.whiteout('a/gone')
    },
    upper: (make, mark) => {
      make.dir('a', { [mark('opaque')]: 'y' })
      make.file('gone', 'new')
    },
    changes: ['metadata a', 'delete a/f', 'delete a/g', 'delete a/gone', 'delete a/sub', 'type gone'],
  },
]

/** What the kernel leaves of the data in a metacopy file: as long as the project’s, and empty. */
const hole = '\0\0\0'

const redirects: readonly Case[] = [
  {
    title: 'a renamed directory with changes in it',
    redirects: true,
    lower: simple,
    upper: (make, mark) => {
      make.whiteout('a')
      make.dir('b', { [mark('redirect')]: 'a' })
      make.file('b/f', 'changed')
      make.whiteout('b/g')
      make.dir('b/new')
    },
    changes: [
      'delete a',
      'rename b',
      'create b/f',
      'create b/new',
      'create b/sub (implied)',
      'create b/sub/h (implied)',
    ],
  },
  {
    title: 'a chain of redirects, relative in absolute in renamed',
    redirects: true,
    lower: (make) => {
      simple(make)
      make.dir('x')
      make.dir('x/y')
      make.file('x/y/z', 'deep')
    },
    upper: (make, mark) => {
      make.whiteout('a')
      make.whiteout('x')
      make.dir('b', { [mark('redirect')]: 'a' })
      make.dir('b/moved', { [mark('redirect')]: '/x' })
      make.dir('b/moved/again', { [mark('redirect')]: 'y' })
      make.whiteout('b/moved/y')
    },
    changes: [
      'delete a',
      'rename b',
      'create b/f (implied)',
      'create b/g (implied)',
      'rename b/moved',
      'rename b/moved/again',
      'create b/moved/again/z (implied)',
      'create b/sub (implied)',
      'create b/sub/h (implied)',
      'delete x',
    ],
  },
  {
    title: 'redirects in an opaque directory',
    redirects: true,
    lower: simple,
    upper: (make, mark) => {
      make.dir('o', { [mark('opaque')]: 'y' })
      make.dir('o/absolute', { [mark('redirect')]: '/a/sub' })
      make.dir('o/relative', { [mark('redirect')]: 'a' })
      make.dir('both', { [mark('opaque')]: 'y', [mark('redirect')]: '/a' })
      // The kernel shows a directory of the project at one path only (ESTALE).
      make.dir('a')
      make.whiteout('a/sub')
    },
    changes: [
      'metadata a',
      'delete a/sub',
      'create both',
      'create o',
      'rename o/absolute',
      'create o/absolute/h (implied)',
      'create o/relative',
    ],
  },
  {
    title: 'redirects to what is no directory',
    redirects: true,
    lower: (make) => {
      simple(make)
      make.symlink('link', 'a')
    },
    upper: (make, mark) => {
      make.dir('d1', { [mark('redirect')]: 'top' })
      make.dir('d2', { [mark('redirect')]: '/none/x' })
      make.dir('d3', { [mark('redirect')]: '/link/sub' })
      make.file('f', 'a redirect without metacopy', { [mark('redirect')]: '/top' })
    },
    changes: ['create d1', 'create d2', 'create d3', 'create f'],
  },
  {
    title: 'metacopy, in place and moved',
    redirects: true,
    lower: simple,
    upper: (make, mark) => {
      make.file('top', hole, { [mark('metacopy')]: '' })
      make.whiteout('a')
      make.file('moved', hole, { [mark('metacopy')]: '', [mark('redirect')]: '/a/f' })
      make.dir('b', { [mark('redirect')]: 'a' })
      make.file('b/g', hole, { [mark('metacopy')]: '' })
      make.whiteout('b/f')
    },
    changes: [
      'delete a',
      'rename b',
      'rename b/g',
      'create b/sub (implied)',
      'create b/sub/h (implied)',
      'rename moved',
      'metadata top',
    ],
  },
  {
    title: 'metacopy without data',
    redirects: true,
    lower: simple,
    upper: (make, mark) => {
      make.file('a', '', { [mark('metacopy')]: '' })
      make.file('none', '', { [mark('metacopy')]: '' })
      make.file('top', '', { [mark('metacopy')]: 'xy' })
      make.file('lost', '', { [mark('metacopy')]: '', [mark('redirect')]: '/a/none' })
      make.dir('o', { [mark('opaque')]: 'y' })
      make.file('o/f', '', { [mark('metacopy')]: '' })
    },
    changes: ['create o'],
    ignored: ['a', 'lost', 'none', 'o/f', 'top'],
  },
  {
    title: 'marks of the project’s own entries in a renamed directory',
    redirects: true,
    lower: (make) => {
      make.dir('a')
      make.whiteout('a/gone')
      make.file('a/gone2', '', { 'trusted.overlay.whiteout': 'y' })
      make.file('a/nodata', 'data', { 'trusted.overlay.metacopy': '' })
      make.dir('a/opaque', { 'trusted.overlay.opaque': 'y', 'trusted.overlay.redirect': '/none' })
      make.file('a/opaque/in', 'in')
    },
    upper: (make, mark) => {
      make.whiteout('a')
      make.dir('b', { [mark('redirect')]: 'a' })
    },
    changes: ['delete a', 'rename b', 'create b/opaque (implied)', 'create b/opaque/in (implied)'],
    ignored: ['b/nodata'],
  },
]

export const cases: readonly Case[] = [...marks, ...redirects]
