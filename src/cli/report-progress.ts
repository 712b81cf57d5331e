import type { CommitProgress } from '../index.js'
import type { ProgressLine } from './progress.js'
import { tunedByProgress } from './tune-engine.js'

const labels: Readonly<Record<CommitProgress['step'], string>> = {
  scan: 'reading the session',
  verify: 'checking the project',
  stage: 'staging',
  apply: 'applying',
  sync: 'writing to disk',
}

export function reportCommitProgress(line: ProgressLine): (progress: CommitProgress) => void {
  return tunedByProgress(({ step, done, total }) => line.update(labels[step], done, total))
}
