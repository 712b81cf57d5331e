/** What one file or directory of its own goes through; `f`, `d/x` and `g` in it hold their names. */
export interface TouchedCase {
  readonly name: string
  /** Shell commands in the project, after the session began. */
  readonly before?: string
  /** Shell commands in merged. */
  readonly session: string
  /** Shell commands in the project, and in merged. */
  readonly between?: string
  readonly later?: string
  /** Shell commands in the project; nobody has looked before. */
  readonly person?: string
  /** `reason path` of each conflict. */
  readonly conflicts: readonly string[]
  /** In a session that root made by the kernel, if others: there the handle and the birth of the copy prove more. */
  readonly trusted?: readonly string[]
}

const edit = 'echo p >> f'

export const touchedCases: readonly TouchedCase[] = [
  { name: 'an edit before', before: edit, session: 'echo 1 >> f', conflicts: [] },
  { name: 'an edit after', session: 'echo 1 >> f', person: edit, conflicts: ['changed f'] },
  { name: 'one before and one after', before: edit, session: 'echo 1 >> f', person: edit, conflicts: ['changed f'] },
  { name: 'a touch after', session: 'echo 1 >> f', person: 'touch f', conflicts: [] },
  { name: 'an edit and back', session: 'echo 1 >> f', person: `${edit}; echo f > f`, conflicts: [] },
  { name: 'a rewrite of the same by rename', session: 'echo 1 >> f', person: 'cp f t; mv t f', conflicts: [] },
  { name: 'another mode', session: 'echo 1 >> f', person: 'chmod 600 f', conflicts: ['changed f'] },
  { name: 'an edit before sed -i', before: edit, session: 'sed -i s/f/F/ f', conflicts: [] },
  { name: 'an edit after sed -i', session: 'sed -i s/f/F/ f', person: edit, conflicts: ['changed f'] },
  { name: 'a touch after sed -i', session: 'sed -i s/f/F/ f', person: 'touch f', conflicts: [] },
  { name: 'a deletion after sed -i', session: 'sed -i s/f/F/ f', person: 'rm f', conflicts: ['vanished f'] },
  {
    name: 'an edit that nobody saw before all was overwritten',
    before: edit,
    session: 'echo n > f',
    conflicts: ['changed f'],
    trusted: [],
  },
  { name: 'an edit seen before all was overwritten', before: edit, session: 'cat f; echo n > f', conflicts: [] },
  {
    name: 'an edit that nobody saw before a replacement',
    before: edit,
    session: 'echo n > n; mv n f',
    conflicts: ['changed f'],
  },
  { name: 'an edit that nobody saw before a removal', before: edit, session: 'rm f', conflicts: ['changed f'] },
  { name: 'an edit seen before a removal', before: edit, session: 'cat f; rm f', conflicts: [] },
  { name: 'an edit after a removal', session: 'cat f; rm f', person: edit, conflicts: ['changed f'] },
  { name: 'a touch after a removal', session: 'cat f; rm f', person: 'touch f', conflicts: [] },
  { name: 'an edit before another mode', before: edit, session: 'chmod 600 f', conflicts: [] },
  { name: 'an edit after another mode', session: 'chmod 600 f', person: edit, conflicts: ['changed f'] },
  {
    name: 'an edit between another mode and a write',
    session: 'chmod 600 f',
    between: edit,
    later: 'echo 1 >> f',
    conflicts: ['changed f'],
  },
  {
    name: 'a touch after a write to what had another mode',
    session: 'chmod 600 f; echo 1 >> f',
    person: 'touch f',
    conflicts: [],
  },
  { name: 'an edit before a move', before: edit, session: 'mv f n', conflicts: [] },
  { name: 'an edit after a move', session: 'mv f n', person: edit, conflicts: ['changed f'] },
  {
    name: 'an edit in a directory before it is moved',
    before: 'echo p >> d/x',
    session: 'echo 1 >> d/x; mv d e',
    conflicts: [],
  },
  {
    name: 'an edit in a directory after it was moved',
    session: 'echo 1 >> d/x; mv d e',
    person: 'echo p >> d/x',
    conflicts: ['unknown-entry d'],
  },
  {
    name: 'an edit before one below a moved directory',
    before: 'echo p >> d/x',
    session: 'mv d e; echo 1 >> e/x',
    conflicts: [],
  },
  {
    name: 'an edit after one below a moved directory',
    session: 'mv d e; echo 1 >> e/x',
    person: 'echo p >> d/x',
    conflicts: ['unknown-entry d'],
  },
  { name: 'an edit of what was only opened', session: ': >> f', person: edit, conflicts: [] },
  { name: 'a deletion of what was only opened', session: ': >> f', person: 'rm f', conflicts: [] },
  { name: 'a new target of a link that was moved before', before: 'ln -sfn g l', session: 'mv l m', conflicts: [] },
]
