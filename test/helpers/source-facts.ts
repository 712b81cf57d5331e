import { parseSync } from 'oxc-parser'

/** What one TypeScript file imports and reads, as its syntax tree says. */
export interface SourceFacts {
  /** Module names in the order found: static, type-only, re-exported, dynamic, `import('x').T`, `require`. */
  readonly imports: readonly string[]
  /** Imports whose module name is not a literal, by their source text. */
  readonly computedImports: readonly string[]
  readonly readsEnvironment: boolean
  readonly readsHomeDirectory: boolean
  readonly lines: number
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const loaders = new Set(['require', 'getBuiltinModule', 'resolve'])

/** Parses `text` and collects its facts. Throws when it does not parse: a file that cannot be read must not pass. */
export function sourceFacts(path: string, text: string): SourceFacts {
  const { program, errors } = parseSync(path, text, { lang: 'ts', sourceType: 'module' })
  const [error] = errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
  const imports: string[] = []
  const computedImports: string[] = []
  let readsEnvironment = false
  let readsHomeDirectory = false

  const addImport = (source: unknown): void => {
    if (!isNode(source)) return
    const name = literal(source)
    if (name === undefined) computedImports.push(text.slice(source.start, source.end))
    else imports.push(name)
  }

  walk(program as unknown as Node, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        addImport(node.source)
        break
      case 'TSExternalModuleReference':
        addImport(node.expression)
        break
      case 'CallExpression':
        if (loaders.has(calledName(node.callee))) addImport((node.arguments as unknown[])[0])
        break
      case 'MemberExpression':
        if (memberName(node) === 'env' && endsInProcess(node.object)) readsEnvironment = true
        break
      case 'VariableDeclarator':
        if (endsInProcess(node.init) && patternNames(node.id).includes('env')) readsEnvironment = true
        break
      case 'ImportSpecifier':
        if (nameOf(node.imported) === 'env') readsEnvironment = true
        break
      case 'Identifier':
        if (nameOf(node) === 'homedir' || nameOf(node) === 'userInfo') readsHomeDirectory = true
        break
    }
  })
  return { imports, computedImports, readsEnvironment, readsHomeDirectory, lines: text.trimEnd().split('\n').length }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string'
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit)
  }
}

function literal(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node.type !== 'TemplateLiteral') return undefined
  const quasis = node.quasis as { value: { cooked: string } }[]
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined
}

function nameOf(value: unknown): string {
  if (!isNode(value)) return ''
  return value.type === 'Identifier' ? (value.name as string) : (literal(value) ?? '')
}

function memberName(node: Node): string {
  return nameOf(node.property)
}

// `require.resolve(x)` and `import.meta.resolve(x)` load nothing, but name a module all the same;
// `path.resolve(x)` and `Promise.resolve(x)` do not.
function calledName(callee: unknown): string {
  if (!isNode(callee)) return ''
  if (callee.type === 'Identifier') return nameOf(callee) === 'require' ? 'require' : ''
  if (callee.type !== 'MemberExpression') return ''
  const name = memberName(callee)
  if (name === 'getBuiltinModule') return name
  const object = callee.object
  const names = isNode(object) && (object.type === 'MetaProperty' || nameOf(object) === 'require')
  return name === 'resolve' && names ? name : ''
}

function endsInProcess(value: unknown): boolean {
  if (!isNode(value)) return false
  return value.type === 'MemberExpression' ? memberName(value) === 'process' : nameOf(value) === 'process'
}

function patternNames(pattern: unknown): string[] {
  if (!isNode(pattern) || pattern.type !== 'ObjectPattern') return []
  return (pattern.properties as Node[]).map((property) => nameOf(property.key))
}
