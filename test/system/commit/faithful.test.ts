import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { allowKinds } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { makePlaces, places } from '../../helpers/file-systems.js'
import { openScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()
const kernel = backends.find(({ name }) => name === 'kernel') as OverlayBackend

/** The project: some of everything, so that the session can change it. */
const before = `
  for n in plain mode owner times attr acl cap suid; do echo $n > $n; done
  chmod 4755 suid; setcap cap_net_raw+ep cap; setfattr -n user.old -v 1 attr; setfacl -m u:1:r acl
  echo one > a; ln a b; ln a c; echo two > x; ln x y; mkdir -p d/sub gone stay sticky; echo s > d/sub/s; echo g > gone/g
  for n in 1 2 3; do echo $n > stay/$n; done; ln stay/1 stay/link; ln -s a link; mkfifo pipe; mknod null c 1 3
  setfacl -d -m u:1:rwx,g:2:r stay; setfattr -n trusted.t -v 1 stay; chmod 1777 sticky; chmod 2755 d
  chown 1234:4321 owner d; touch -d '1999-12-31 23:59:59.987654321' stay stay/* d d/sub d/sub/s
  chattr +A plain 2>/dev/null || true`

/** Names and targets of bytes that are no text, and as long as they can be. */
const odd = `
  long=$(printf '%0255d' 0); mkdir $long; echo l > $long/$long
  printf x > "$(printf 'line\\nbreak')"; printf x > "$(printf 'latin\\351')"; printf x > ' lead '; printf x > '-rf'; printf x > '.wh.x'; printf x > '...'
  ln -s /etc/passwd absolute; ln -s ../../out out; ln -s . dot; ln -s nowhere/ dangling; ln -s "$(printf 'b\\nr\\351')" bytes
  ln -s "$(printf '%0900d' 0)" far; ln -s "$long" tolong`

const session = `
  echo more >> plain; chmod 640 mode; chown 12:34 owner; touch -d '2001-02-03 04:05:06.123456789' times
  setfattr -n user.new -v 2 attr; setfattr -x user.old attr; setfattr -n trusted.new -v 3 attr; setfacl -b acl; setfacl -m u:3:rw,m::rw plain
  echo more >> cap; setcap cap_sys_time+ep cap; echo more >> suid; chmod 4755 suid
  echo more >> a; ln b b2; rm y; ln -f x z; echo more >> stay/2; rm stay/3; setfacl -d -m u:5:r stay; setfattr -x trusted.t stay
  rm -r gone; echo now a file > gone; rm link; mkdir link; mv pipe pipe2; rm null; mknod null c 1 5; mknod b b 7 0 2>/dev/null || mknod block b 7 0
  mkdir -p n/m/o; echo f > n/f; ln n/f n/m/f; ln n/f f-top; ln -s f n/m/l; ln n/m/l n/l2; mkfifo n/fifo; chmod 2750 n/m; chmod 1777 n/m/o
  chown -h 7:8 n/m/l n/f n/m; setfacl -d -m u:9:rx n/m; setfacl -m g:9:rwx n/m; setfattr -n user.d -v dir n/m; setfattr -h -n trusted.l -v link n/m/l
  mv d/sub moved; mv sticky stick; chmod 1770 stick; echo in > stick/in
  touch -h -d '2030-01-01 00:00:00.000000001' n/m/l n/f; touch -d '1969-12-31 23:59:58.5' n/m/o n/m stay n`

it.for(places)('keeps everything that a tree has, on $name', async (place, context) => {
  const at = makePlaces(context, place, ['setfacl', 'setfattr', 'setcap'])
  const run = (cwd: string, script: string): unknown =>
    execFileSync('bash', ['-ec', `umask 022; PATH=$PATH:/usr/sbin:/sbin\n${script}`], { cwd })
  const scratch = await openScratchSession({
    ports,
    backend: kernel,
    ...at,
    before: (project) => void run(project, before),
  })
  run(scratch.merged, session)
  run(scratch.merged, odd)
  await scratch.unmount()
  const merged = await scratch.snapshot()
  expect((await reviewSession(ports, scratch.session)).conflicts).toEqual([])
  await commitSession(ports, scratch.session, { allow: allowKinds })
  expect(snapshotTree(ports.ops, scratch.project)).toEqual(merged)
  const again = await reviewSession(ports, scratch.session)
  expect(again.changeSet.changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual([])
})
