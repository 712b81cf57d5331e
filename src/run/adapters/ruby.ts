import type { Adapter } from './adapter.js'
import { rubyProvider } from './ruby-provider.js'

const init = 'ruby-init: func(args: list<string>) -> ()'
const evaluate = 'rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>'

/**
 * What the interpreter does once it is up: the command line of `ruby` in its short form, `-e CODE ARG…` (several `-e` make
 * one script) or `FILE ARG…`, a script on standard input for `-` or nothing at all. A library has no other way to end the
 * process with a status than `exit!`, which leaves out `at_exit` blocks and flushing: both are done here.
 */
const boot = `
at_exit_blocks = []
Kernel.define_method(:at_exit) { |&block| at_exit_blocks.unshift(block) && block }
guard = lambda do |&block|
  block.call
  0
rescue SystemExit => error
  error.status
rescue Exception => error
  $stderr.write(error.full_message(highlight: false))
  1
end
status = guard.call do
  code = []
  while ARGV.first == '-e'
    ARGV.shift
    code << (ARGV.shift || abort('ruby: no code specified for -e'))
  end
  ARGV.shift if ARGV.first == '--'
  $0 = code.empty? ? ARGV.shift || '-' : '-e'
  case
  when code.any? then eval(code.join("\n"), TOPLEVEL_BINDING, '-e', 1)
  when $0 == '-' then eval($stdin.read, TOPLEVEL_BINDING, '-', 1)
  else load($0)
  end
end
while (block = at_exit_blocks.shift)
  later = guard.call(&block)
  status = later unless later.zero?
end
ObjectSpace.each_object(IO) do |io|
  io.flush unless io.closed?
rescue IOError, SystemCallError
  next
end
exit!(status)
`

/** Arguments of the interpreter itself; the empty script is what JavaScript hosts give it, and what follows \`--\` is ARGV. */
const options = ['ruby', '-EUTF-8', '-e_=0', '--']

/**
 * Ruby as npm packs it (`@ruby/3.4-wasm-wasi` and its sisters): a library for JavaScript hosts. It can run without one as
 * long as a script does not call into JavaScript.
 * Its calling convention: list and string are pointer and length, made with `cabi_realloc`.
 */
export const rubyAdapter: Adapter = {
  name: 'ruby',
  mark: init,
  provider: rubyProvider,
  imports: ['rb-js-abi-host', 'canonical_abi'],
  program: program(),
}

function program(): string {
  const head = options.map((option) => `${option}\0`).join('')
  return `(module
  (import "ruby" "memory" (memory 0))
  (import "ruby" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "ruby" "${init}" (func $init (param i32 i32)))
  (import "ruby" "${evaluate}" (func $evaluate (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (export "memory" (memory 0))
  (data $boot "${escaped(boot)}")
  (data $head "${escaped(head)}")

  (func $new (param $size i32) (result i32)
    (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $size)))

  (func $length (param $text i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $text))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $at) (local.get $text)))

  ;; Appends a text to the list that ends at $end, gives the new end.
  (func $append (param $end i32) (param $text i32) (result i32)
    (i32.store (local.get $end) (local.get $text))
    (i32.store offset=4 (local.get $end) (call $length (local.get $text)))
    (i32.add (local.get $end) (i32.const 8)))

  (func (export "_start")
    (local $sizes i32) (local $argc i32) (local $argv i32) (local $list i32) (local $end i32) (local $at i32) (local $text i32)
    (local.set $sizes (call $new (i32.const 8)))
    (drop (call $args_sizes (local.get $sizes) (i32.add (local.get $sizes) (i32.const 4))))
    (local.set $argc (i32.load (local.get $sizes)))
    (local.set $argv (call $new (i32.shl (local.get $argc) (i32.const 2))))
    (drop (call $args (local.get $argv) (call $new (i32.load offset=4 (local.get $sizes)))))
    (local.set $list (call $new (i32.shl (i32.add (local.get $argc) (i32.const ${options.length})) (i32.const 3))))
    (local.set $end (local.get $list))

    (local.set $text (call $new (i32.const ${byteLength(head)})))
    (memory.init $head (local.get $text) (i32.const 0) (i32.const ${byteLength(head)}))
    (local.set $at (i32.const ${options.length}))
    (loop $next
      (local.set $end (call $append (local.get $end) (local.get $text)))
      (local.set $text (i32.add (i32.add (local.get $text) (call $length (local.get $text))) (i32.const 1)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $next (local.get $at)))

    ;; argv[0] is the interpreter's, which has been named already.
    (local.set $at (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $argc)))
        (local.set $end (call $append (local.get $end)
          (i32.load (i32.add (local.get $argv) (i32.shl (local.get $at) (i32.const 2))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))

    (call $init (local.get $list) (i32.shr_u (i32.sub (local.get $end) (local.get $list)) (i32.const 3)))
    (local.set $text (call $new (i32.const ${byteLength(boot)})))
    (memory.init $boot (local.get $text) (i32.const 0) (i32.const ${byteLength(boot)}))
    (drop (call $evaluate (local.get $text) (i32.const ${byteLength(boot)})))
    ;; The script ends the process; to get here means that the interpreter could not run it.
    unreachable))
`
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** As a string of the WebAssembly text format. */
function escaped(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
}
