import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import * as api from '../../src/index.js'
import { need, noProgram, noRoot, noWasmtime, toolPath } from '../helpers/capability.js'
import { docExamples } from '../helpers/doc-examples.js'
import { removeBed } from '../helpers/session-bed.js'

// Against the built package, as a program of its own sees it.

const examples = ['docs/api.md', 'README.md'].flatMap(docExamples)
const given = ['project', 'temp', 'tools', 'searchPath'] as const
const searchPath = toolPath()
let dir = ''

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'oa-api-'))
  mkdirSync(join(dir, 'node_modules'))
  symlinkSync(resolve('.'), join(dir, 'node_modules/openagentic-overlay'))
  symlinkSync(resolve('node_modules/@types'), join(dir, 'node_modules/@types'))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  writeFileSync(join(dir, 'given.d.ts'), given.map((name) => `declare const ${name}: string\n`).join(''))
  for (const [index, { code }] of examples.entries()) writeFileSync(join(dir, `${index}.ts`), code)
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    noEmitOnError: true,
    outDir: 'out',
    rootDir: '.',
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
})
afterAll(() => execFileSync('rm', ['-rf', dir]))

it('has an example of everything that is exported', () => {
  const used = new Set(examples.flatMap(({ code }) => code.match(/\w+/g) ?? []))
  expect(Object.keys(api).filter((name) => !used.has(name))).toEqual([])
})

it('has examples that compile, with no library check left out', () => {
  const tsc = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', dir], { encoding: 'utf8' })
  expect(tsc.stdout).toBe('')
  expect(tsc.status).toBe(0)
})

it.for(examples.map((example, index) => ({ ...example, index })))(
  '$place runs, and prints what it says',
  ({ code, output, index }, context) => {
    need(context, noRoot() ?? noProgram('git'))
    need(context, code.includes('hello.wat') ? noWasmtime() : undefined)
    const top = mkdtempSync(join(tmpdir(), 'oa-example-'))
    onTestFinished(() => removeBed(top))
    for (const place of ['project/src', 'temp']) mkdirSync(join(top, place), { recursive: true })
    writeFileSync(join(top, 'project/README.md'), 'one\ntwo\n')
    writeFileSync(join(top, 'project/src/main.ts'), 'export {}\n')
    const values = { project: `${top}/project`, temp: `${top}/temp`, tools: resolve('test/fixtures/wasi'), searchPath }
    const setUp = `data:text/javascript,Object.assign(globalThis,${encodeURIComponent(JSON.stringify(values))})`
    // The epoch's own tick counts as changed.
    execFileSync('sleep', ['0.02'])
    const ran = spawnSync(process.execPath, ['--import', setUp, join(dir, 'out', `${index}.js`)], { encoding: 'utf8' })
    expect(ran.stderr).toBe('')
    if (output !== undefined) expect(ran.stdout).toBe(output)
    expect(ran.status).toBe(0)
  },
)
