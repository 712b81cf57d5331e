import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PatchNote } from '../../../src/changeset/patch/patch-note.js'
import { writePatch } from '../../../src/changeset/patch/write-patch.js'
import { readChangeSet } from '../../../src/changeset/read-change-set.js'
import { execaRunner } from '../../../src/os/execa-runner.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createFileOps } from '../../../src/os/native-file-ops.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { isWithin } from '../../../src/paths/rel-path.js'
import { operations, skeleton } from '../../helpers/arbitrary-operations.js'
import { asUser } from '../../helpers/as-user.js'
import { need, noProgram } from '../../helpers/capability.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { readTree, type Tree } from '../../helpers/tree-changes.js'
import { operate, type TreeOperation } from '../../helpers/tree-operations.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 40)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }

describe.each(backends)('the patch of a session of the $name backend', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() !== undefined) return
    top = mkdtempSync(join(tmpdir(), 'oa-patch-property-'))
    chownSync(top, backend.user, backend.user)
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('makes git turn a copy of the project into what merged shows', {
    timeout: 60_000 + numRuns * 3_000,
  }, async (context) => {
    need(context, backend.missing() ?? noProgram('git'))
    let count = 0
    await fc.assert(
      fc.asyncProperty(operations, operations, async (before, during) => {
        count += 1
        const { complaint, merged, applied } = await runOnce(backend, `${top}/${count}`, before, during)
        expect(complaint).toBe('')
        expect(applied).toEqual(merged)
      }),
      { numRuns, ...seed },
    )
  })
})

async function runOnce(
  backend: OverlayBackend,
  dir: string,
  before: readonly TreeOperation[],
  during: readonly TreeOperation[],
): Promise<{ complaint: string; merged: unknown; applied: unknown }> {
  const ops = createFileOps(loadAddon())
  const dirs = { lower: `${dir}/lower`, upper: `${dir}/upper`, work: `${dir}/work`, merged: `${dir}/merged` }
  asUser(backend.user, () => {
    for (const each of [dir, ...Object.values(dirs), `${dir}/temp`]) mkdirSync(each)
    operate(ops, dirs.lower as AbsPath, [...skeleton, ...before])
  })
  execFileSync('cp', ['-a', dirs.lower, `${dir}/copy`])
  const overlay = await backend.mount(dirs)
  let tree: Tree
  try {
    asUser(backend.user, () => operate(ops, overlay.merged as AbsPath, during))
    tree = readTree(overlay.merged)
  } finally {
    await overlay.unmount()
  }
  const { patch, notes } = await makePatch(backend, dir)
  const complaint = patch.length === 0 ? '' : apply(`${dir}/copy`, patch)
  const outcome = { complaint, merged: shape(tree, notes), applied: shape(readTree(`${dir}/copy`), notes) }
  rmSync(dir, { recursive: true, force: true })
  return outcome
}

async function makePatch(
  { family, redirects }: OverlayBackend,
  dir: string,
): Promise<{ patch: Buffer; notes: readonly PatchNote[] }> {
  const ops = createFileOps(loadAddon())
  const [lower, upper] = [`${dir}/lower` as AbsPath, `${dir}/upper` as AbsPath]
  const fds = { lower: ops.openRoot(lower), upper: ops.openRoot(upper) }
  const { changes } = await readChangeSet({ ops, ...fds, family, redirects, masks: [] })
  for (const fd of Object.values(fds)) ops.close(fd)
  const pieces: Uint8Array[] = []
  const notes = await writePatch({ ops, runner: execaRunner() }, { base: lower, upper }, changes, {
    format: 'patch',
    output: (piece) => void pieces.push(piece),
    tempDir: `${dir}/temp` as AbsPath,
    path: process.env.PATH ?? '',
  })
  return { patch: Buffer.concat(pieces), notes }
}

/** What git says against the patch. */
function apply(cwd: string, patch: Buffer): string {
  const { status, stderr } = spawnSync('git', ['apply', '-'], { cwd, input: patch })
  return status === 0 ? '' : `${stderr}`
}

/** What git keeps of a tree, but for what the notes say is not in the patch. */
function shape(tree: Tree, notes: readonly PatchNote[]): unknown[] {
  const left = notes.filter(({ kind }) => kind === 'special' || kind === 'blocked')
  return [...tree]
    .filter(
      ([path, { type }]) => (type === 'file' || type === 'symlink') && !left.some((note) => isWithin(path, note.path)),
    )
    .map(([path, { type, stat, bytes }]) => [path, type, type === 'file' && (stat.mode & 0o100) !== 0, bytes])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
