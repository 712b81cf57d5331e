import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { BackendName } from '../../src/mount/backend.js'
import { type OpenSessionOptions, openSession } from '../../src/tools/open-session.js'
import type { OpenedSession } from '../../src/tools/opened-session.js'
import { noRoot } from './capability.js'
import { noFuse } from './fuse-bed.js'
import { removeBed } from './session-bed.js'

export const sessionBackends: readonly BackendName[] = ['kernel', 'userns', 'fuse']

/** Why root cannot have sessions by a backend here. */
export function noBackend(name: BackendName): string | undefined {
  return name === 'fuse' ? noFuse() : noRoot()
}

/** A project for sessions. It goes away with the test, with all that is mounted in it. */
export interface ScratchProject {
  readonly project: string
  open(options?: Partial<OpenSessionOptions>): Promise<OpenedSession>
}

export function scratchProject(files: Readonly<Record<string, string>> = {}): ScratchProject {
  const top = mkdtempSync(join(tmpdir(), 'oa-open-'))
  onTestFinished(() => removeBed(top))
  const project = `${top}/project`
  mkdirSync(project)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(project, path, '..'), { recursive: true })
    writeFileSync(join(project, path), content)
  }
  // The epoch's own tick counts as changed.
  execFileSync('sleep', ['0.02'])
  return { project, open: (options = {}) => openSession({ project, ...options }) }
}
