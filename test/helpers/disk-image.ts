import { execFileSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/** Makes a file system in an image file below `dir` and mounts it at `dir/disk` until the test ends. Needs root, `mkfs.<kind>` and loop devices. */
export function mountImage(kind: 'btrfs' | 'xfs', dir: string): string {
  const image = `${dir}/${kind}.img`
  writeFileSync(image, '')
  // The least that mkfs.xfs takes.
  truncateSync(image, 320 * 1024 * 1024)
  execFileSync(`mkfs.${kind}`, ['-q', image])
  mkdirSync(`${dir}/disk`)
  execFileSync('mount', ['-o', 'loop', image, `${dir}/disk`])
  onTestFinished(() => void execFileSync('umount', [`${dir}/disk`]))
  return `${dir}/disk`
}
