/** What ruby imports from a JavaScript host, each function with its parameters and its result. */
const javaScriptSide: readonly (readonly [name: string, parameters: string, result: string])[] = [
  ['rb_wasm_throw_prohibit_rewind_exception', 'i32 i32', ''],
  [
    'eval-js: func(code: string) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }',
    'i32 i32 i32',
    '',
  ],
  ['is-js: func(value: handle<js-abi-value>) -> bool', 'i32', 'i32'],
  ['instance-of: func(value: handle<js-abi-value>, klass: handle<js-abi-value>) -> bool', 'i32 i32', 'i32'],
  ['global-this: func() -> handle<js-abi-value>', '', 'i32'],
  ['int-to-js-number: func(value: s32) -> handle<js-abi-value>', 'i32', 'i32'],
  ['float-to-js-number: func(value: float64) -> handle<js-abi-value>', 'f64', 'i32'],
  ['string-to-js-string: func(value: string) -> handle<js-abi-value>', 'i32 i32', 'i32'],
  ['bool-to-js-bool: func(value: bool) -> handle<js-abi-value>', 'i32', 'i32'],
  ['proc-to-js-function: func(value: u32) -> handle<js-abi-value>', 'i32', 'i32'],
  ['rb-object-to-js-rb-value: func(raw-rb-abi-value: u32) -> handle<js-abi-value>', 'i32', 'i32'],
  ['js-value-to-string: func(value: handle<js-abi-value>) -> string', 'i32 i32', ''],
  [
    'js-value-to-integer: func(value: handle<js-abi-value>) -> variant { as-float(float64), bignum(string) }',
    'i32 i32',
    '',
  ],
  ['export-js-value-to-host: func(value: handle<js-abi-value>) -> ()', 'i32', ''],
  ['import-js-value-from-host: func() -> handle<js-abi-value>', '', 'i32'],
  ['js-value-typeof: func(value: handle<js-abi-value>) -> string', 'i32 i32', ''],
  ['js-value-equal: func(lhs: handle<js-abi-value>, rhs: handle<js-abi-value>) -> bool', 'i32 i32', 'i32'],
  ['js-value-strictly-equal: func(lhs: handle<js-abi-value>, rhs: handle<js-abi-value>) -> bool', 'i32 i32', 'i32'],
  [
    'reflect-apply: func(target: handle<js-abi-value>, this-argument: handle<js-abi-value>, arguments: list<handle<js-abi-value>>) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }',
    'i32 i32 i32 i32 i32',
    '',
  ],
  [
    'reflect-get: func(target: handle<js-abi-value>, property-key: string) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }',
    'i32 i32 i32 i32',
    '',
  ],
  [
    'reflect-set: func(target: handle<js-abi-value>, property-key: string, value: handle<js-abi-value>) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }',
    'i32 i32 i32 i32 i32',
    '',
  ],
]

/**
 * Stands in for the JavaScript side of the ruby modules: a script that calls into it traps. Handles of Ruby values are their
 * own representation, so making one and reading one gives the number back.
 */
export const rubyProvider: string = `(module
${javaScriptSide.map(([name, parameters, result]) => stub(name, parameters, result)).join('\n')}
  (func (export "resource_drop_js-abi-value") (param i32))
  (func (export "resource_new_rb-abi-value") (param i32) (result i32) (local.get 0))
  (func (export "resource_get_rb-abi-value") (param i32) (result i32) (local.get 0)))
`

function stub(name: string, parameters: string, result: string): string {
  return `  (func (export "${name}") (param ${parameters}) (result ${result}) unreachable)`
}
