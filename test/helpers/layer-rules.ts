import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type SourceFacts, sourceFacts } from './source-facts.js'

/** The rules for the folders of `src/`; paths are relative to the repository, with `/`. */
export interface LayerRules {
  /** Row of each folder below `src/` (and of `src/index.ts`): it may import only lower rows, and itself. */
  readonly rows: ReadonlyMap<string, number>
  /** Folders that import only what is listed, whatever the rows allow. */
  readonly onlyImports: ReadonlyMap<string, readonly string[]>
  /** Folders that import no module of Node. */
  readonly pure: readonly string[]
  /** Folders that each package or module of Node is kept to; an npm package that is not listed is refused. */
  readonly keptTo: ReadonlyMap<string, readonly string[]>
  /** The folder that may load the native addon, by a name computed at run time too. */
  readonly nativeFolder: string
  /** The folder that may read the environment and the home directory. */
  readonly environmentFolder: string
  readonly maxLines: number
  /** Files that a program writes; they may be longer. */
  readonly generated: readonly string[]
}

/** Checks `sources` (path to text) and gives one line for each violation. */
export function layerViolations(sources: ReadonlyMap<string, string>, rules: LayerRules): string[] {
  const violations: string[] = []
  const edges = new Map<string, string[]>()
  for (const [path, text] of sources) {
    const facts = sourceFacts(path, text)
    const folder = folderOf(path, rules)
    if (folder === undefined) violations.push(`${path}: lies in no folder of the table`)
    else violations.push(...ownViolations(path, folder, facts, rules))
    const targets: string[] = []
    for (const name of facts.imports) {
      if (name.startsWith('.')) targets.push(resolveSource(path, name))
    }
    edges.set(path, targets)
    for (const target of targets) {
      if (!sources.has(target)) violations.push(`${path}: imports ${target}, which is not a source file`)
      else if (folder !== undefined) violations.push(...edgeViolations(path, folder, target, rules))
    }
  }
  for (const cycle of importCycles(edges)) violations.push(`import cycle: ${cycle.join(' -> ')}`)
  return violations
}

function ownViolations(path: string, folder: string, facts: SourceFacts, rules: LayerRules): string[] {
  const found: string[] = []
  for (const name of facts.imports) {
    if (name.startsWith('.')) continue
    const reason = moduleViolation(path, folder, name, rules)
    if (reason !== undefined) found.push(`${path}: imports ${name}, ${reason}`)
  }
  if (folder !== rules.nativeFolder) {
    for (const text of facts.computedImports) found.push(`${path}: imports a computed name, ${text}`)
  }
  if (folder !== rules.environmentFolder) {
    if (facts.readsEnvironment) found.push(`${path}: reads process.env, which only ${rules.environmentFolder} may`)
    if (facts.readsHomeDirectory)
      found.push(`${path}: reads the home directory, which only ${rules.environmentFolder} may`)
  }
  if (facts.lines > rules.maxLines && !rules.generated.includes(path))
    found.push(`${path}: has ${facts.lines} lines, more than ${rules.maxLines}`)
  return found
}

function moduleViolation(path: string, folder: string, name: string, rules: LayerRules): string | undefined {
  if (name.startsWith('#native/')) {
    return folder === rules.nativeFolder ? undefined : `the addon, which only ${rules.nativeFolder} may`
  }
  const builtin = isBuiltin(name)
  const module = builtin ? name.replace(/^node:/, '') : packageName(name)
  const allowed = rules.keptTo.get(builtin ? `node:${module}` : module)
  if (allowed === undefined && !builtin) return 'a package that no folder may'
  if (allowed?.some((place) => isBelow(path, place)) === false) return `which only ${allowed.join(', ')} may`
  return builtin && rules.pure.includes(folder) ? `a module of Node, though ${folder} is pure` : undefined
}

function edgeViolations(path: string, folder: string, target: string, rules: LayerRules): string[] {
  const targetFolder = folderOf(target, rules)
  if (targetFolder === folder || targetFolder === undefined) return []
  const only = rules.onlyImports.get(folder)
  if (only !== undefined && !only.includes(target)) return [`${path}: imports ${target}; ${folder} may only ${only}`]
  const row = rules.rows.get(folder) ?? 0
  const targetRow = rules.rows.get(targetFolder) ?? 0
  if (targetRow < row) return []
  return [`${path}: row ${row} imports ${target} of row ${targetRow}`]
}

function folderOf(path: string, rules: LayerRules): string | undefined {
  for (const folder of rules.rows.keys()) if (isBelow(path, folder)) return folder
  return undefined
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}

function packageName(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function resolveSource(path: string, name: string): string {
  return posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts')
}

/** Each cycle once, as a closed path. Depth first; `done` files start no second search. */
function importCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) cycles.push([...trail.slice(at), path])
    if (at >= 0 || done.has(path)) return
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return cycles
}
