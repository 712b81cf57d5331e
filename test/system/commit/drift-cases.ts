export interface Drift {
  readonly name: string
  /** Shell commands in merged. */
  readonly session: string
  /** Looked at between the two (a status), so that the ledger knows the project's side. */
  readonly looked?: boolean
  /** Shell commands in the project, after the session's. */
  readonly person: string
  /** `reason path` of each conflict; none: the session's changes go through. */
  readonly conflicts: readonly string[]
}

/** f, g, h: files; d, e: directories with files x, y, z; d/sub/s; l: a link. Made before the session begins. */
export const setup = `
  echo f > f; echo g > g; echo h > h; ln -s f l; mkdir -p d/sub e old
  for n in x y z; do echo $n > d/$n; echo $n > e/$n; done
  echo s > d/sub/s; echo o > old/x; chmod 644 f g h`

export const drifts: readonly Drift[] = [
  { name: 'nothing', session: 'echo 1 >> f', person: 'true', conflicts: [] },
  { name: 'an edit elsewhere', session: 'echo 1 >> f', person: 'echo p >> g; echo n > d/new; rm h', conflicts: [] },
  { name: 'an edit', session: 'echo 1 >> f', person: 'echo p >> f', conflicts: ['changed f'] },
  {
    name: 'an edit of a file that was rewritten by rename',
    session: 'sed -i s/f/F/ f',
    person: 'echo p >> f',
    conflicts: ['changed f'],
  },
  { name: 'a replacement by rename', session: 'echo 1 >> f', person: 'echo p > t; mv t f', conflicts: ['changed f'] },
  {
    name: 'a replacement by an older file',
    session: 'echo 1 >> d/x',
    person: 'mv e/x d/x',
    conflicts: ['changed d/x'],
  },
  {
    name: 'a replacement of the directory by an older one',
    session: 'echo 1 >> d/x',
    person: 'mv d was; mv old d',
    conflicts: ['changed d/x'],
  },
  {
    name: 'that, and an edit beside it',
    session: 'echo 1 >> d/x',
    person: 'mv d was; mv old d; touch d/new',
    conflicts: ['changed d/x'],
  },
  {
    name: 'new files in the same directories',
    session: 'echo 1 >> d/x; echo n > d/mine',
    person: 'touch d/new new',
    conflicts: [],
  },
  { name: 'a deletion', session: 'echo 1 >> f', person: 'rm f', conflicts: ['vanished f'] },
  {
    name: 'a deletion of a file that was rewritten, after a look',
    session: 'sed -i s/f/F/ f',
    looked: true,
    person: 'rm f',
    conflicts: ['vanished f'],
  },
  { name: 'a deletion by both', session: 'rm f', person: 'rm f', conflicts: [] },
  { name: 'an edit of what the session deleted', session: 'rm f', person: 'echo p >> f', conflicts: ['changed f'] },
  { name: 'the same new file', session: 'echo n > n', person: 'echo n > n; touch -d yesterday n', conflicts: [] },
  { name: 'another new file of the name', session: 'echo n > n', person: 'echo p > n', conflicts: ['appeared n'] },
  {
    name: 'a new directory of the name',
    session: 'echo n > n',
    person: 'mkdir n; echo p > n/p',
    conflicts: ['unknown-entry n'],
  },
  {
    name: 'a new directory for two',
    session: 'mkdir n; echo 1 > n/a',
    person: 'mkdir n; echo p > n/b',
    conflicts: [],
  },
  {
    name: 'a new file in a directory that the session deleted',
    session: 'rm -r d',
    person: 'echo p > d/new',
    conflicts: ['unknown-entry d'],
  },
  {
    name: 'an edit deep in a directory that the session deleted',
    session: 'rm -r d',
    person: 'echo p >> d/sub/s',
    conflicts: ['unknown-entry d'],
  },
  {
    name: 'an empty directory in one that the session deleted',
    session: 'rm -r d',
    person: 'mkdir d/empty',
    conflicts: ['unknown-entry d'],
  },
  { name: 'a deletion in a directory that the session deleted', session: 'rm -r d', person: 'rm d/x', conflicts: [] },
  {
    name: 'a new file in a directory that became a file',
    session: 'rm -r d; echo d > d',
    person: 'echo p > d/new',
    conflicts: ['unknown-entry d'],
  },
  {
    name: 'an edit in a directory that the session made anew',
    session: 'rm -r d; mkdir d; echo 1 > d/x',
    person: 'echo p >> d/y',
    conflicts: ['changed d/y'],
  },
  {
    name: 'an empty directory in one that the session made anew',
    session: 'rm -r d; mkdir d; echo 1 > d/x',
    person: 'mkdir d/empty',
    conflicts: ['changed d/empty'],
  },
  {
    name: 'a new directory of the name, empty',
    session: 'echo n > n',
    person: 'mkdir n',
    conflicts: ['appeared n'],
  },
  {
    name: 'an empty directory in the place of what the session deleted',
    session: 'rm f; rm -r d',
    person: 'rm f; mkdir f; rm -r d; mkdir d',
    conflicts: ['changed d', 'changed f'],
  },
  {
    name: 'an old empty directory in the place of what the session deleted',
    session: 'rm -r d',
    person: 'rm old/x; rm -r d; mv old d',
    conflicts: ['changed d'],
  },
  {
    name: 'a directory for two with one in it',
    session: 'mkdir n; echo 1 > n/a',
    person: 'mkdir -p n/b/c; echo p > n/b/p',
    conflicts: [],
  },
  {
    name: 'a copy in the place of a directory that the session deleted, after a look',
    session: 'rm -r d',
    looked: true,
    person: 'cp -a d copy; rm -r d; mv copy d',
    conflicts: [],
  },
  {
    name: 'the removal of the directory that the session wrote to',
    session: 'echo n > d/n',
    person: 'rm -r d',
    conflicts: ['vanished d'],
  },
  { name: 'another mode', session: 'echo 1 >> f', person: 'chmod 600 f', conflicts: ['changed f'] },
  { name: 'a mode of both', session: 'chmod 600 f', person: 'chmod 640 f', conflicts: ['changed f'] },
  {
    name: 'another mode of a directory in which the session works',
    session: 'echo 1 >> d/x',
    looked: true,
    person: 'chmod 700 d',
    conflicts: [],
  },
  {
    name: 'an attribute alone, after a look',
    session: 'echo 1 >> f; rm g; echo 1 >> h',
    looked: true,
    person: 'setfattr -n user.p -v 1 f g; setfacl -m u:4321:r h; chmod 644 h',
    conflicts: ['changed f', 'changed g', 'changed h'],
  },
  {
    name: 'an attribute of both',
    session: 'setfattr -n user.s -v 1 f',
    person: 'setfattr -n user.p -v 1 f',
    conflicts: ['changed f'],
  },
  {
    name: 'an attribute set and taken away, after a look',
    session: 'setfattr -n user.s -v 1 f; rm g',
    looked: true,
    person: 'for n in f g; do setfattr -n user.p -v 1 $n; setfattr -x user.p $n; done',
    conflicts: [],
  },
  {
    name: 'a default ACL of a directory whose mode the session changed, after a look',
    session: 'chmod 700 d',
    looked: true,
    person: 'setfacl -d -m u:4321:r d',
    conflicts: ['changed d'],
  },
  {
    name: 'an attribute of what the session only opened, after a look',
    session: 'echo 1 >> f; : >> g',
    looked: true,
    person: 'setfattr -n user.p -v 1 g',
    conflicts: [],
  },
  {
    name: 'an attribute in a directory that the session deleted, after a look',
    session: 'rm -r d',
    looked: true,
    person: 'setfattr -n user.p -v 1 d/x; touch d/y',
    conflicts: ['unknown-entry d'],
  },
  {
    name: 'another target of a link',
    session: 'ln -sf g l',
    looked: true,
    person: 'ln -sfn h l',
    conflicts: ['changed l'],
  },
  {
    name: 'a touch, after a look',
    session: 'echo 1 >> f; rm g; rm -r d',
    looked: true,
    person: 'touch f g d/x d/sub/s',
    conflicts: [],
  },
  {
    name: 'an edit and back, after a look',
    session: 'echo 1 >> f',
    looked: true,
    person: 'echo p >> f; echo f > f',
    conflicts: [],
  },
  {
    name: 'a formatter that rewrites the same by rename, after a look',
    session: 'echo 1 >> f',
    looked: true,
    person: 'cp f t; mv t f',
    conflicts: [],
  },
  {
    name: 'an edit of what the session only opened, after a look',
    session: 'echo 1 >> f; : >> g',
    looked: true,
    person: 'echo p >> g',
    conflicts: [],
  },
  {
    name: 'a move of the file in the session, an edit of the person',
    session: 'mv f n',
    person: 'echo p >> f',
    conflicts: ['changed f'],
  },
  {
    name: 'a move in the session and news beside its new place',
    session: 'mv f d/n',
    person: 'touch d/new',
    conflicts: [],
  },
  {
    name: 'two conflicts and a harmless one',
    session: 'echo 1 >> f; echo 1 >> g; echo 1 >> h',
    person: 'echo p >> f; rm g; touch d/q',
    conflicts: ['changed f', 'vanished g'],
  },
]
