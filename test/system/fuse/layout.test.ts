import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as layout from '../../../src/fuse-protocol/layout.js'
import * as numbers from '../../../src/fuse-protocol/numbers.js'
import { need, noProgram } from '../../helpers/capability.js'

type Struct = Readonly<Record<string, number>>

/** Our name of a struct, that of the header, and fields that have another name there or are newer than it. */
const structs: readonly [string, Struct, string, Readonly<Record<string, string>>?][] = [
  ['inHeader', layout.inHeader, 'fuse_in_header'],
  ['outHeader', layout.outHeader, 'fuse_out_header'],
  ['attr', layout.attr, 'fuse_attr', { bytes: 'size' }],
  ['entryOut', layout.entryOut, 'fuse_entry_out'],
  ['attrOut', layout.attrOut, 'fuse_attr_out'],
  ['openOut', layout.openOut, 'fuse_open_out', { backing_id: 'padding' }],
  ['writeOut', layout.writeOut, 'fuse_write_out', { bytes: 'size' }],
  ['getxattrOut', layout.getxattrOut, 'fuse_getxattr_out', { bytes: 'size' }],
  ['lseekOut', layout.lseekOut, 'fuse_lseek_out'],
  ['statfsOut', layout.statfsOut, 'fuse_kstatfs'],
  ['dirent', layout.dirent, 'fuse_dirent'],
  ['forgetIn', layout.forgetIn, 'fuse_forget_in'],
  ['batchForgetIn', layout.batchForgetIn, 'fuse_batch_forget_in'],
  ['forgetOne', layout.forgetOne, 'fuse_forget_one'],
  ['getattrIn', layout.getattrIn, 'fuse_getattr_in'],
  ['setattrIn', layout.setattrIn, 'fuse_setattr_in', { bytes: 'size' }],
  ['mknodIn', layout.mknodIn, 'fuse_mknod_in'],
  ['mkdirIn', layout.mkdirIn, 'fuse_mkdir_in'],
  ['renameIn', layout.renameIn, 'fuse_rename_in'],
  ['rename2In', layout.rename2In, 'fuse_rename2_in'],
  ['linkIn', layout.linkIn, 'fuse_link_in'],
  ['openIn', layout.openIn, 'fuse_open_in'],
  ['createIn', layout.createIn, 'fuse_create_in'],
  ['releaseIn', layout.releaseIn, 'fuse_release_in'],
  ['readIn', layout.readIn, 'fuse_read_in', { bytes: 'size' }],
  ['writeIn', layout.writeIn, 'fuse_write_in', { bytes: 'size' }],
  ['fsyncIn', layout.fsyncIn, 'fuse_fsync_in'],
  ['setxattrIn', layout.setxattrIn, 'fuse_setxattr_in', { bytes: 'size' }],
  ['getxattrIn', layout.getxattrIn, 'fuse_getxattr_in', { bytes: 'size' }],
  ['initIn', layout.initIn, 'fuse_init_in'],
  ['initOut', layout.initOut, 'fuse_init_out', { max_stack_depth: 'unused[0]' }],
  ['interruptIn', layout.interruptIn, 'fuse_interrupt_in'],
  ['fallocateIn', layout.fallocateIn, 'fuse_fallocate_in'],
  ['lseekIn', layout.lseekIn, 'fuse_lseek_in'],
  ['copyFileRangeIn', layout.copyFileRangeIn, 'fuse_copy_file_range_in'],
  ['notifyInvalInode', layout.notifyInvalInode, 'fuse_notify_inval_inode_out'],
  ['notifyInvalEntry', layout.notifyInvalEntry, 'fuse_notify_inval_entry_out'],
]

/** What the newer headers alone have. */
const newer: readonly string[] = ['FUSE_COPY_FILE_RANGE_64']

function upper(name: string): string {
  return name.replace(/[A-Z]|(?<=[a-z])64/g, (letter) => `_${letter}`).toUpperCase()
}

const macros: readonly [string, number][] = [
  ...Object.entries(numbers.opcodes).map(([name, value]) => [`FUSE_${upper(name)}`, value] as [string, number]),
  ['FUSE_ASYNC_READ', numbers.initFlags.asyncRead],
  ['FUSE_ATOMIC_O_TRUNC', numbers.initFlags.atomicTrunc],
  ['FUSE_BIG_WRITES', numbers.initFlags.bigWrites],
  ['FUSE_DONT_MASK', numbers.initFlags.dontMask],
  ['FUSE_AUTO_INVAL_DATA', numbers.initFlags.autoInvalData],
  ['FUSE_DO_READDIRPLUS', numbers.initFlags.readdirplus],
  ['FUSE_READDIRPLUS_AUTO', numbers.initFlags.readdirplusAuto],
  ['FUSE_ASYNC_DIO', numbers.initFlags.asyncDio],
  ['FUSE_WRITEBACK_CACHE', numbers.initFlags.writebackCache],
  ['FUSE_PARALLEL_DIROPS', numbers.initFlags.parallelDirops],
  ['FUSE_POSIX_ACL', numbers.initFlags.posixAcl],
  ['FUSE_ABORT_ERROR', numbers.initFlags.abortError],
  ['FUSE_MAX_PAGES', numbers.initFlags.maxPages],
  ['FUSE_CACHE_SYMLINKS', numbers.initFlags.cacheSymlinks],
  ['FUSE_HANDLE_KILLPRIV_V2', numbers.initFlags.handleKillprivV2],
  ['FUSE_SETXATTR_EXT', numbers.initFlags.setxattrExt],
  ['FUSE_INIT_EXT', numbers.initFlags.initExt],
  ['FOPEN_KEEP_CACHE', numbers.openFlags.keepCache],
  ['FOPEN_CACHE_DIR', numbers.openFlags.cacheDir],
  ['FUSE_GETATTR_FH', numbers.getattrFlags.handle],
  ['FUSE_FSYNC_FDATASYNC', numbers.fsyncFlags.dataOnly],
  ['FUSE_SETXATTR_ACL_KILL_SGID', numbers.setxattrFlags.aclKillSgid],
  ['FUSE_WRITE_KILL_SUIDGID', numbers.writeFlags.killSuidgid],
  ['FUSE_OPEN_KILL_SUIDGID', numbers.openInFlags.killSuidgid],
  ['FUSE_NOTIFY_INVAL_INODE', numbers.notifyCodes.invalInode],
  ['FUSE_NOTIFY_INVAL_ENTRY', numbers.notifyCodes.invalEntry],
  ['FUSE_ROOT_ID', numbers.rootId],
  ...Object.entries(numbers.errnos).map(([name, value]) => [`-${name}`, value] as [string, number]),
]

test('structs and numbers are those of linux/fuse.h', (context) => {
  need(context, noProgram('gcc') ?? (existsSync('/usr/include/linux/fuse.h') ? undefined : 'there is no linux/fuse.h'))
  const dir = mkdtempSync(join(tmpdir(), 'oa-layout-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const lines: string[] = []
  const ours: Record<string, number> = {}
  const check = (name: string, value: number, expression: string): void => {
    ours[name] = value
    lines.push(`printf("\\"${name}\\": %lld,\\n", (long long)(${expression}));`)
  }
  for (const [name, struct, type, others] of structs) {
    for (const [field, offset] of Object.entries(struct)) {
      const expression =
        field === 'size' ? `sizeof(struct ${type})` : `offsetof(struct ${type}, ${others?.[field] ?? field})`
      check(`${name}.${field}`, offset, expression)
    }
  }
  for (const [name, value] of macros) if (!newer.includes(name)) check(name, value, name)
  const program = `#include <errno.h>\n#include <stddef.h>\n#include <stdio.h>\n#include <linux/fuse.h>\nint main(void) { puts("{"); ${lines.join('\n')} puts("\\"\\": 0}"); }`
  writeFileSync(join(dir, 'layout.c'), program)
  execFileSync('gcc', ['-o', join(dir, 'layout'), join(dir, 'layout.c')])
  const { '': _, ...theirs } = JSON.parse(execFileSync(join(dir, 'layout'), { encoding: 'utf8' }))
  expect(ours).toEqual(theirs)
  expect(Object.keys(ours).length).toBeGreaterThan(200)
})
