import { expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { cliBed, cliProgram, quoted } from '../helpers/cli-bed.js'

/** What the shell needs to find the program by its name. */
const onPath = `mkdir -p ../bin; printf '#!/bin/sh\\nexec %s %s "$@"\\n' ${quoted(process.execPath)} ${quoted(cliProgram)} >../bin/openagentic-overlay; chmod 755 ../bin/openagentic-overlay; PATH=$PWD/../bin:$PATH; `

it.each([
  ['bash', 'bash -n'],
  ['zsh', 'zsh -n'],
  ['fish', 'fish --no-execute'],
])('prints a script that %s can parse', (shell, check) => {
  const bed = cliBed()
  expect(bed.sh(`overlay completion ${shell} >../script`).status).toBe(0)
  if (noProgram(shell) !== undefined) return
  expect(bed.sh(`${check} ../script`)).toMatchObject({ status: 0, stderr: '' })
})

/** The words that bash would offer after `line`, whose last word is being typed. */
function offered(bed: ReturnType<typeof cliBed>, line: string): string[] {
  const words = line.split(' ').map(quoted)
  const { stdout, stderr } = bed.sh(
    `${onPath} compopt() { echo "(files)"; }; eval "$(openagentic-overlay completion bash)"; COMP_WORDS=(openagentic-overlay ${words.join(' ')}); COMP_CWORD=${words.length}; _openagentic_overlay; printf '%s\\n' "\${COMPREPLY[@]}"`,
  )
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

it('completes commands, options, their values and sessions in bash', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.run('mount', 'my-session')
  expect(offered(bed, 'com')).toEqual(['commit', 'completion'])
  expect(offered(bed, 'commit --on')).toEqual(['--on-conflict'])
  expect(offered(bed, 'commit --on-conflict s')).toEqual(['skip'])
  expect(offered(bed, 'commit --allow pro')).toEqual(['protected'])
  expect(offered(bed, 'status my')).toEqual(['(files)', 'my-session'])
  expect(offered(bed, 'completion z')).toEqual(['(files)', 'zsh'])
  expect(offered(bed, '-C')).toEqual(['-C'])
  expect(offered(bed, '-C x')).toEqual(['(files)'])
  expect(offered(bed, 'exec --wasmtime x')).toEqual(['(files)'])
  expect(offered(bed, 'exec -- x')).toEqual(['(files)'])
})

it('completes in fish', (context) => {
  need(context, noRoot() ?? noProgram('fish'))
  const bed = cliBed()
  bed.run('mount', 'my-session')
  const complete = (line: string): string =>
    bed.sh(
      `${onPath} fish --no-config -c "openagentic-overlay completion fish | source; complete -C ${quoted(`openagentic-overlay ${line}`)}"`,
    ).stdout
  expect(complete('com')).toMatch(/^commit\t.+\ncompletion\t.+\n$/)
  expect(complete('status my')).toBe('my-session\n')
  expect(complete('commit --on-conflict s')).toBe('skip\twhen the project changed too\n')
})
