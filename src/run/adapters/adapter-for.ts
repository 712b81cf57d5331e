import type { Adapter } from './adapter.js'
import { rubyAdapter } from './ruby.js'

const adapters: readonly Adapter[] = [rubyAdapter]

/** The adapter for a module with these exports, if there is one. */
export function adapterFor(moduleExports: ReadonlySet<string>): Adapter | undefined {
  return adapters.find(({ mark }) => moduleExports.has(mark))
}
