import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { relPath } from '../../../src/paths/rel-path.js'
import type { ExecOptions, ExecResult } from '../../../src/run/exec-options.js'
import { need } from '../../helpers/capability.js'
import { removeSharedCache, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

const module = fileURLToPath(new URL('../../../.tools/ruby/ruby+stdlib.wasm', import.meta.url))

interface RubyBench {
  readonly workspace: string
  ruby(args: readonly string[], options?: Partial<ExecOptions>): Promise<ExecResult>
}

/** The first run compiles thirty megabytes, for a quarter of a minute. */
async function rubyBench(context: TestContext): Promise<RubyBench> {
  need(context, existsSync(module) ? undefined : 'Ruby is not installed; scripts/install-ruby-wasm.sh gets it')
  const { workspace, exec } = await wasiBench(context)
  return { workspace, ruby: (args, options) => exec(module, { args, ...options }) }
}

test('rewrites every Markdown and text file below Documentation/', async (context) => {
  const { workspace, ruby } = await rubyBench(context)
  mkdirSync(join(workspace, 'Documentation/a/deep'), { recursive: true })
  const files = ['Documentation/a.md', 'Documentation/a/b.txt', 'Documentation/a/deep/c.md']
  const others = ['Documentation/a/image.svg', 'README.md']
  for (const file of [...files, ...others]) writeFileSync(join(workspace, file), 'the colour\xff\n', 'latin1')
  const script = `
    Dir.glob('Documentation/**/*.{md,txt}') do |file|
      File.binwrite(file, File.binread(file).gsub('colour', 'color'))
    end`
  expect(await ruby(['-e', script])).toMatchObject({ ended: 'exit', exitCode: 0 })
  for (const file of files) expect(readFileSync(join(workspace, file), 'latin1')).toBe('the color\xff\n')
  for (const file of others) expect(readFileSync(join(workspace, file), 'latin1')).toBe('the colour\xff\n')
  expect(statSync(join(workspace, files[0] as string)).mode & 0o777).toBe(0o644)
})

test('the command line of ruby: -e, a file, standard input', async (context) => {
  const { workspace, ruby } = await rubyBench(context)
  const script = 'p [$0, ARGV, __FILE__]'
  const told = async (args: readonly string[], stdin?: Uint8Array): Promise<string> => {
    const { stdout, stderr } = await ruby(args, { stdin })
    return text(stdout) + text(stderr)
  }
  expect(await told(['-e', script, 'x', '-y', '--'])).toBe('["-e", ["x", "-y", "--"], "-e"]\n')
  expect(await told(['-e', 'a = 1', '-e', 'p a'])).toBe('1\n')
  writeFileSync(join(workspace, 'script.rb'), script)
  expect(await told(['script.rb', '-e'])).toBe('["script.rb", ["-e"], "script.rb"]\n')
  expect(await told(['/workspace/script.rb'])).toBe('["/workspace/script.rb", [], "/workspace/script.rb"]\n')
  expect(await told([], Buffer.from(script))).toBe('["-", [], "-"]\n')
  expect(await told(['-', 'x'], Buffer.from(script))).toBe('["-", ["x"], "-"]\n')
})

test('relative names are looked up in the working directory', async (context) => {
  const { workspace, ruby } = await rubyBench(context)
  mkdirSync(join(workspace, 'sub'))
  writeFileSync(join(workspace, 'sub/lib.rb'), 'WHERE = "sub"')
  const script =
    'require "./lib"; File.write("out", WHERE + ENV["PWD"]); p Dir.children(".").sort, File.exist?("/workspace/sub/out")'
  const result = await ruby(['-e', script], { cwd: relPath('sub') })
  expect([text(result.stdout), text(result.stderr)]).toEqual(['["lib.rb", "out"]\ntrue\n', ''])
  expect(readFileSync(join(workspace, 'sub/out'), 'utf8')).toBe('sub/workspace/sub')
  const up = await ruby(['-e', 'Dir.chdir("/workspace/sub"); p Dir.pwd, Dir.children("..")'], { cwd: relPath('sub') })
  expect(text(up.stdout)).toBe('"/workspace/sub"\n["sub"]\n')
})

test('its standard library is there, its exit statuses and at_exit blocks count', async (context) => {
  const { ruby } = await rubyBench(context)
  const library = await ruby(['-e', 'require "json"; require "set"; puts JSON.generate({ "ä" => [1, nil] })'])
  expect(text(library.stdout)).toBe('{"ä":[1,null]}\n')
  const leaving = await ruby(['-e', 'at_exit { puts "one" }; at_exit { puts "two"; exit 4 }; exit 3'])
  expect([leaving.exitCode, text(leaving.stdout)]).toEqual([4, 'two\none\n'])
  const failing = await ruby(['-e', 'raise "boom"'])
  expect([failing.ended, failing.exitCode, text(failing.stderr)]).toEqual(['exit', 1, expect.stringContaining('boom')])
  const missing = await ruby(['none.rb'])
  expect([missing.exitCode, text(missing.stderr)]).toEqual([1, expect.stringContaining('none.rb')])
})

test('it cannot leave the workspace', async (context) => {
  const { workspace, ruby } = await rubyBench(context)
  writeFileSync(join(workspace, '..', 'outside/secret'), 'secret')
  const script = `
    ['../outside/secret', '/workspace/../outside/secret', '${join(workspace, '../outside/secret')}', '/etc/passwd'].each do |name|
      puts File.read(name)
    rescue SystemCallError
      puts 'refused'
    end`
  expect(text((await ruby(['-e', script])).stdout)).toBe('refused\n'.repeat(4))
})

test('limits hold for it', async (context) => {
  const { ruby } = await rubyBench(context)
  expect(await ruby(['-e', 'loop {}'], { timeLimitMs: 2000 })).toMatchObject({ ended: 'timeout', exitCode: 124 })
  const memory = await ruby(['-e', 'a = []; loop { a << "x" * 1_000_000 }'], { memoryLimitBytes: 200_000_000 })
  expect(memory).toMatchObject({ ended: 'out-of-memory' })
  const output = await ruby(['-e', 'loop { puts "x" * 1000 }'], { outputLimitBytes: 10_000 })
  expect(output).toMatchObject({ ended: 'output-limit', stdoutTruncated: true })
})

test('a script that calls into JavaScript traps, for want of it', async (context) => {
  const { ruby } = await rubyBench(context)
  expect(await ruby(['-e', 'require "js"; JS.global'])).toMatchObject({ ended: 'trap', exitCode: 134 })
})
