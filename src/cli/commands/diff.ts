import { Option } from 'commander'
import {
  absPath,
  bytesFromBuffer,
  bytesFromText,
  type Change,
  type FileCount,
  isListed,
  jsonName,
  OverlayError,
  type PatchFormat,
  type PatchNote,
  parseNumstat,
  quoteName,
  type RelPath,
  reviewSession,
  type Session,
  selectChanges,
  writePatch,
} from '../../index.js'
import { openReady, orNoSuchSession, sessionAndPaths } from '../chosen-session.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext, Write } from '../context.js'
import { openPager } from '../pager.js'
import { changeJson, pathText, statusLine } from '../render/change.js'
import { reportCommitProgress } from '../report-progress.js'
import { tellRecovery } from '../tell-recovery.js'
import { tuneForReview } from '../tune-engine.js'

type Form = 'patch' | 'stat' | 'name-status'

export const diffCommand: CommandSpec = {
  name: 'diff',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .argument('[paths...]', 'only these')
      .addOption(
        new Option('--patch', 'a patch that git apply accepts (the default)').conflicts(['stat', 'nameStatus']),
      )
      .addOption(new Option('--stat', 'changed lines of each file').conflicts('nameStatus'))
      .option('--name-status', 'letters and names')
      .description('show the changes as a patch'),
  async run(context, invocation) {
    tuneForReview()
    const chosen = sessionAndPaths(context, invocation)
    const session = await openReady(context, chosen, 'go-on')
    const selected = await orNoSuchSession(chosen, () => changesAt(context, session, chosen.paths))
    const { stat, nameStatus } = invocation.options
    return make(context, session, selected, nameStatus === true ? 'name-status' : stat === true ? 'stat' : 'patch')
  },
}

/** @throws OverlayError `NO_SUCH_CHANGE` for a path at which nothing changed */
async function changesAt(
  context: CommandContext,
  session: Session,
  paths: readonly RelPath[],
): Promise<readonly Change[]> {
  const { changeSet } = await reviewSession(context.ports, session, {
    signal: context.signal,
    onProgress: reportCommitProgress(context.progress),
    onRecovered: tellRecovery(context, session),
    refusals: false,
  })
  context.progress.clear()
  for (const path of paths) {
    if (selectChanges(changeSet.changes, [path]).length > 0) continue
    throw new OverlayError('NO_SUCH_CHANGE', `Expected a path that the session changed, got ${quoteName(path)}`, {
      path: quoteName(path),
      hint: '`status` lists the changes.',
    })
  }
  return selectChanges(changeSet.changes, paths)
}

function make(
  context: CommandContext,
  session: Session,
  changes: readonly Change[],
  form: Form,
): Promise<CommandResult> {
  if (form === 'name-status') return Promise.resolve(nameStatus(session, changes))
  return context.globals.json ? asJson(context, session, changes, form) : streamed(context, session, changes, form)
}

function nameStatus(session: Session, changes: readonly Change[]): CommandResult {
  const lines = changes.filter(isListed).map((change) => `${statusLine(change, false)}\n`)
  return { json: { session: session.id, changes: changes.map(changeJson) }, human: lines.join('') }
}

/** Straight to standard output, or through a pager on a terminal. */
async function streamed(
  context: CommandContext,
  session: Session,
  changes: readonly Change[],
  format: PatchFormat,
): Promise<CommandResult> {
  const pager = context.terminal.paged ? await openPager(context) : undefined
  try {
    const notes = await patch(context, session, changes, format, pager?.write ?? context.out)
    return { json: {}, notes: notes.map(noteLine) }
  } finally {
    await pager?.close()
  }
}

async function asJson(
  context: CommandContext,
  session: Session,
  changes: readonly Change[],
  form: 'patch' | 'stat',
): Promise<CommandResult> {
  const pieces: Uint8Array[] = []
  const keep: Write = async (piece) => void pieces.push(Buffer.from(piece))
  const notes = await patch(context, session, changes, form === 'stat' ? 'numstat' : form, keep)
  const text = Buffer.concat(pieces)
  const result =
    form === 'stat' ? { files: parseNumstat(text).map(numstatJson) } : { patch: jsonName(bytesFromBuffer(text)) }
  return { json: { session: session.id, ...result, notes: notes.map(noteJson) } }
}

function patch(
  context: CommandContext,
  session: Session,
  changes: readonly Change[],
  format: PatchFormat,
  write: Write,
): Promise<readonly PatchNote[]> {
  const { ports, env, signal, terminal, globals } = context
  const roots = { base: session.project, upper: session.upper }
  return writePatch(ports, roots, changes, {
    format,
    output: write,
    color: terminal.coloured && !globals.json,
    tempDir: absPath(bytesFromText(env.tempDir)),
    path: env.path,
    signal,
  })
}

function noteLine({ path, text }: PatchNote): string {
  return `# not in the patch: ${pathText(path)}: ${text}`
}

function noteJson({ path, kind, text }: PatchNote): Record<string, unknown> {
  return { path: jsonName(path), kind, text }
}

function numstatJson({ path, from, added, deleted }: FileCount): Record<string, unknown> {
  return {
    path: jsonName(path),
    ...(from === undefined ? {} : { from: jsonName(from) }),
    added: added ?? null,
    deleted: deleted ?? null,
  }
}
