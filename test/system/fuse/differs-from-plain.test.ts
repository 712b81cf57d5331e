import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'
import { noJail } from '../../helpers/same-calls/jail.js'
import { overlayBed } from '../../helpers/same-calls/overlay-bed.js'

const users = [0, accountUser]
beforeEach((context) => need(context, noFuse() ?? noProgram('cc') ?? noJail(0) ?? noJail(accountUser)))

test.each(users)('a removed file of the project is not opened for writing by user %i', async (uid) => {
  const { run } = await bed(uid)
  const { stderr } = run('mount', 'case', 'exec 3<file; rm file; echo x >>/proc/self/fd/3; : >/proc/self/fd/3')
  expect(stderr.match(/Stale file handle/g)).toHaveLength(2)
  expect(run('low', 'case', 'cat file').stdout).toBe('base\n')
})

test.each(users)('there are no files without a name (O_TMPFILE) for user %i', async (uid) => {
  const { run } = await bed(uid)
  expect(run('mount', 'case', '$calls tmpfile').stdout).toBe('O_TMPFILE: EOPNOTSUPP\n')
})

test.each(users)('times after the year 2262 are told as its last for user %i', async (uid) => {
  const { run } = await bed(uid)
  const times = 'touch -d 2400-01-01Z file dir new; stat -c "%.9X %.9Y" file dir new'
  const last = '9223372036.854775807'
  expect(run('mount', 'case', times).stdout).toBe(`${last} ${last}\n`.repeat(3))
})

async function bed(uid: number): ReturnType<typeof overlayBed> {
  const made = await overlayBed(uid, [{ name: 'case', script: '' }])
  onTestFinished(made.close)
  return made
}
