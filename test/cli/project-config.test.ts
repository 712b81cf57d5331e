import { beforeEach, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, type Ended, plainUser } from '../helpers/cli-bed.js'

let bed: CliBed

beforeEach((context) => {
  need(context, noRoot())
  bed = cliBed(plainUser)
  expect(bed.sh('m=$(overlay mount) && mkdir "$m/ci" && echo x >"$m/ci/run.sh" && echo y >"$m/plain"').status).toBe(0)
})

const config = (text: string): Ended => bed.sh(`umask 022; cat >.openagentic/config.json <<'EOF'\n${text}\nEOF`)

it('refuses what the project protects, until it is allowed', () => {
  config('{"version":1,"protected":["/ci/"]}')
  expect(bed.run('status')).toMatchObject({
    stdout: 'A ci/\nA! ci/run.sh\nA plain\n',
    stderr: expect.stringContaining('ci/run.sh: config.json of the project protects it (--allow protected)'),
  })
  expect(bed.run('commit')).toMatchObject({ status: 1, stderr: expect.stringContaining('[COMMIT_REFUSED]') })
  expect(bed.sh('ls').stdout).toBe('README.md\nold\nsrc\n')
  expect(bed.run('commit', 'plain').status).toBe(0)
  expect(bed.run('commit', '--allow', 'protected').status).toBe(0)
  expect(bed.sh('ls ci').stdout).toBe('run.sh\n')
})

it.each([
  ['no JSON', 'echo "{" >config.json', 'Expected JSON'],
  ['an unknown field', `echo '{"version":1,"unprotected":[]}' >config.json`, '"unprotected"'],
  ['a symbolic link', `echo '{"version":1}' >real; ln -s real config.json`, 'found a symbolic link'],
  ['a directory', 'mkdir config.json', 'Expected a file'],
  ['a FIFO', 'mkfifo config.json', 'Expected a file'],
  ['a file that others may write', `echo '{"version":1}' >config.json; chmod 646 config.json`, 'found mode 0646'],
  ['a file that a group may write', `echo '{"version":1}' >config.json; chmod 664 config.json`, 'found mode 0664'],
  ['a file that may not be read', `echo '{"version":1}' >config.json; chmod 000 config.json`, 'may not read'],
  ['too much', 'head -c 70000 /dev/zero >config.json', 'at most 65536 bytes'],
  ['other bytes', `printf '{"version":1,"protected":["\\377"]}' >config.json`, 'Expected UTF-8'],
])('never leaves out a configuration that does not count: %s', (_what, script, message) => {
  bed.sh(`umask 022; cd .openagentic; ${script}`)
  for (const command of ['status', 'commit']) {
    const ended = bed.run(command)
    expect(ended).toMatchObject({ status: 1, stderr: expect.stringContaining('[CONFIG_INVALID]') })
    expect(ended.stderr).toContain(message)
    expect(ended.stderr).toContain('.openagentic/config.json')
  }
  expect(bed.sh('ls').stdout).toBe('README.md\nold\nsrc\n')
  for (const command of [['list'], ['diff'], ['discard', 'plain', '--yes']]) expect(bed.run(...command).status).toBe(0)
})

it('takes no file of somebody else', () => {
  const path = `${bed.project}/.openagentic/config.json`
  const root = cliBed()
  root.sh(`echo '{"version":1}' >${path}`)
  expect(bed.run('commit')).toMatchObject({ status: 1, stderr: expect.stringContaining('found user 0') })
  root.sh(`chown ${plainUser} ${path}`)
  expect(bed.run('commit').status).toBe(0)
})

it('is nothing that a session sees or sets', () => {
  config('{"version":1,"protected":["/ci/"]}')
  const hostile = `m=$(overlay mount); cd "$m"; ls -A; cat .openagentic/config.json; mkdir .openagentic; echo '{"version":1}' >.openagentic/config.json
    mkdir a; echo '{"version":1}' >a/config.json; mv a .openagentic 2>&1; rm -rf .openagentic; mkdir b; echo 1 >b/config.json; mv -T b .openagentic`
  expect(bed.sh(hostile).stdout).not.toContain('.openagentic\n')
  expect(bed.run('status').stdout).toContain('A! ci/run.sh')
  bed.run('commit', '--allow', 'protected')
  expect(bed.sh('cat .openagentic/config.json').stdout).toBe('{"version":1,"protected":["/ci/"]}\n')
})

it('stays when the last session goes', () => {
  config('{"version":1,"protected":["/ci/"]}')
  expect(bed.run('discard', '--yes').status).toBe(0)
  expect(bed.sh('ls -A .openagentic; git status --short').stdout).toBe(
    '.gitignore\nconfig.json\n?? README.md\n?? old\n?? src/\n',
  )
  bed.sh('m=$(overlay mount) && mkdir "$m/ci" && echo x >"$m/ci/run.sh"')
  expect(bed.run('status').stdout).toContain('A! ci/run.sh')
})
