import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { noProgram } from './capability.js'

export type TestFileSystem = 'ext4' | 'xfs' | 'btrfs' | 'tmpfs'

/** Smallest sizes that the programs accept, in MiB; the files are sparse. */
const sizes: Readonly<Record<TestFileSystem, number>> = { ext4: 32, xfs: 320, btrfs: 128, tmpfs: 32 }

/** Why a file system of this type cannot be made here. */
export function noFileSystem(type: TestFileSystem): string | undefined {
  return type === 'tmpfs' ? undefined : noProgram(`mkfs.${type}`)
}

/** Mounts a new file system, on a loop device but for tmpfs, that goes away with the test. Returns its root, writable by all. */
export function mountFileSystem(type: TestFileSystem, options: readonly string[] = []): string {
  const top = mkdtempSync(join(tmpdir(), `oa-${type}-`))
  chmodSync(top, 0o755)
  const root = join(top, 'root')
  mkdirSync(root)
  onTestFinished(() => {
    // A test that failed may have left something mounted below.
    execFileSync('sh', [
      '-c',
      'umount -R "$1" 2>/dev/null || umount -l "$1"; rm -rf --one-file-system "$2"',
      'sh',
      root,
      top,
    ])
  })
  const all = options.length === 0 ? [] : ['-o', options.join(',')]
  if (type === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', ...all, 'tmpfs', root])
  else {
    const image = join(top, 'image')
    writeFileSync(image, '')
    truncateSync(image, sizes[type] * 1024 * 1024)
    execFileSync(`mkfs.${type}`, [image], { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
    execFileSync('mount', ['-t', type, '-o', ['loop', ...options].join(','), image, root])
  }
  execFileSync('chmod', ['1777', root])
  return root
}
