import { readFileSync } from 'node:fs'

/** A program of a document, and what it prints if the document says so. */
export interface DocExample {
  /** `docs/api.md:12`, its first line. */
  readonly place: string
  readonly code: string
  readonly output: string | undefined
}

/** Blocks of TypeScript that import the package; a block of text right after one is its output. */
export function docExamples(document: string): DocExample[] {
  const text = readFileSync(document, 'utf8')
  const blocks = /^```ts\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm
  return [...text.matchAll(blocks)]
    .map(({ 1: code = '', 2: output, index }) => ({ place: `${document}:${lineOf(text, index) + 1}`, code, output }))
    .filter(({ code }) => code.includes("from 'openagentic-overlay'"))
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
