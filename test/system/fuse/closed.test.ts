import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { need } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'
import { makeBed, type SessionBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'

// What its owner closed: the server of a plain user has no more rights than they have, and still copies it up, moves and marks it.

let user: SessionUser
beforeAll(async () => {
  if (noFuse() === undefined) user = await startUser(accountUser)
})
afterAll(() => user?.stop())
beforeEach((context) => need(context, noFuse()))

const prepare = `umask 022; mkdir -p shut/in empty gone && echo a >shut/a && echo b >shut/in/b && echo c >locked
  chmod 444 locked; chmod 555 shut/in shut empty`

test.each([
  ['a write below a closed directory', 'echo more >>shut/in/b'],
  ['attributes of a file below one', 'chmod 600 shut/a; touch -d 2001-01-01 shut/a'],
  ['a closed directory opened', 'chmod 755 shut; echo n >shut/n; mv shut/a a; chmod 555 shut'],
  ['a new name of a closed directory', 'mv empty new'],
  ['a closed directory removed', 'rmdir empty'],
  ['a closed directory made', 'mkdir -m 555 shut2 && rmdir gone && mkdir -m 555 gone'],
  ['a file without write permission', 'touch -d 2001-01-01 locked; mv locked l; ln l l2'],
])('%s is as in a plain directory', async (_what, script) => {
  const bed = makeBed(user)
  const { session } = await prepared(bed)
  const work = (at: string): string => {
    const { stdout, stderr } = user.sh(
      `cd ${quoted(at)} || exit\numask 022\nexport LC_ALL=C\n{ ${script}; } 2>&1; echo $?`,
    )
    return stdout + stderr
  }
  expect(work(session.merged)).toBe(work(`${bed.top}/state/copy`))
  expect(listing(session.merged)).toBe(listing(`${bed.top}/state/copy`))
  await user.calls.unmount({ ...bed, id: session.id })
})

async function prepared(bed: SessionBed): Promise<Awaited<ReturnType<SessionUser['calls']['create']>>> {
  const { status, stderr } = user.sh(
    `cd ${quoted(bed.project)} || exit\n${prepare}\ncp -a . ${quoted(`${bed.top}/state/copy`)}`,
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return user.calls.create({ ...bed, backend: 'fuse' })
}

function listing(at: string): string {
  return user.sh(`cd ${quoted(at)} || exit
    find . -mindepth 1 -path ./.openagentic -prune -o -printf '%p %y %m %n\\n' | sed '/ d / s/ [0-9]*$//' | sort
    find . -path ./.openagentic -prune -o -type f -print0 | sort -z | xargs -0 md5sum; find . -name locked -o -name l -o -name a -printf '%T@\\n'`)
    .stdout
}
