import { Option } from 'commander'
import {
  type AttachedSession,
  attachSession,
  type BackendWish,
  bufferFromBytes,
  type CreatedSession,
  createSession,
  type FuseBinding,
  jsonName,
  OverlayError,
  quoteName,
  type Rejected,
  type RelPath,
  type Session,
  type SessionId,
  type SessionScope,
  sessionDirs,
  sessionId,
} from '../../index.js'
import { typedBytes } from '../arguments.js'
import { chosenId, hasOpenSession, openReady } from '../chosen-session.js'
import { collect } from '../collect.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { fromCwd, sessionScope } from '../scope.js'
import { count } from '../units.js'

interface MountFlags {
  readonly backend?: BackendWish
  readonly fuseBinding?: FuseBinding
  readonly hide?: readonly string[]
  readonly stateDir?: string
  readonly fingerprint?: 'auto' | 'full'
}

export const mountCommand: CommandSpec = {
  name: 'mount',
  define: (command) =>
    command
      .argument('[session]', 'a name for a new session, or the session to attach again')
      .addOption(new Option('--backend <name>', 'how to mount (auto)').choices(['auto', 'kernel', 'userns', 'fuse']))
      .addOption(
        new Option('--fuse-binding <name>', 'how to serve FUSE (kernel, or fuse-native where that cannot)').choices([
          'kernel',
          'fuse-native',
        ]),
      )
      .option('--hide <pattern>', 'hide files from the session, as in .gitignore (repeatable)', collect)
      .option('--state-dir <dir>', 'keep the changes there instead of in the project')
      .addOption(new Option('--fingerprint <how>', 'full: read the whole project now (auto)').choices(['auto', 'full']))
      .description('make a session, or attach a detached one again; prints its merged directory'),
  async run(context, { operands, options }) {
    const scope = sessionScope(context)
    const id = existingId(context, scope, operands[0])
    return id === undefined
      ? create(context, scope, operands[0] ?? context.env.session, options)
      : attach(context, await openReady(context, { scope, id }, 'refuse'), options)
  },
}

/** The session to attach; `undefined` when one is to be made. A name that no session has yet is for a new one. */
function existingId(context: CommandContext, scope: SessionScope, given: string | undefined): SessionId | undefined {
  const existing = [...sessionDirs(context.ports.ops, scope).keys()]
  const named = given ?? context.env.session
  if (named !== undefined) return existing.find((id) => id === sessionId(named))
  return hasOpenSession(context, scope) ? chosenId(context, scope, undefined) : undefined
}

async function create(
  context: CommandContext,
  scope: SessionScope,
  name: string | undefined,
  flags: MountFlags,
): Promise<CommandResult> {
  const created = await createSession(context.ports, {
    ...scope,
    id: name === undefined ? undefined : sessionId(name),
    backend: flags.backend,
    fuseBinding: flags.fuseBinding,
    hide: flags.hide,
    stateDir: flags.stateDir === undefined ? undefined : fromCwd(context, typedBytes(flags.stateDir)),
    fingerprint: flags.fingerprint,
    signal: context.signal,
    onFingerprint: (entries) => context.progress.update('reading the project', entries, 0),
  })
  return result(created.session, createdNotes(created), { ...created, created: true, hidden: [] })
}

async function attach(context: CommandContext, session: Session, flags: MountFlags): Promise<CommandResult> {
  const { stateDir, fingerprint, backend, fuseBinding, hide } = flags
  if (stateDir !== undefined || fingerprint !== undefined) throw forNewSessions(session)
  const attached = await attachSession(context.ports, session, { backend, fuseBinding, hide })
  const facts = { ...attached, created: false, hidden: attached.newlyHidden }
  return result(attached.session, attachedNotes(attached), facts)
}

interface MountFacts {
  readonly created: boolean
  readonly rejected: readonly Rejected[]
  readonly hidden: readonly RelPath[]
  readonly limits: readonly string[]
}

function result(session: Session, notes: readonly string[], facts: MountFacts): CommandResult {
  const { record, id, project, merged, layers } = session
  const json = {
    session: id,
    project: jsonName(project),
    merged: jsonName(merged),
    layers: jsonName(layers),
    backend: record.backend,
    created: facts.created,
    rejected: facts.rejected.map(({ backend, reason, fix }) => ({ backend, reason, fix: fix ?? null })),
    newlyHidden: facts.hidden.map(jsonName),
    limits: facts.limits,
  }
  return { json, human: Buffer.concat([bufferFromBytes(merged), Buffer.from('\n')]), notes }
}

function createdNotes({ session, movedBecause, rejected, limits }: CreatedSession): string[] {
  const notes = [`note: session ${session.id}, backend ${session.record.backend}`, ...rejectedNotes(rejected)]
  if (movedBecause !== undefined) {
    notes.push(`note: its changes are kept in ${quoteName(session.layers)}: ${movedBecause}`)
  }
  return [...notes, ...limits.map((limit) => `note: ${limit}`)]
}

function attachedNotes({ session, wasMounted, rejected, newlyHidden, limits }: AttachedSession): string[] {
  const how = wasMounted ? 'was mounted already' : `attached again, backend ${session.record.backend}`
  const notes = [`note: session ${session.id} ${how}`, ...rejectedNotes(rejected)]
  if (newlyHidden.length > 0) notes.push(`note: ${count(newlyHidden.length, 'more path')} hidden from it`)
  return [...notes, ...limits.map((limit) => `note: ${limit}`)]
}

function rejectedNotes(rejected: readonly Rejected[]): string[] {
  return rejected.map(({ backend, reason }) => `note: not by ${backend}: ${reason}`)
}

function forNewSessions(session: Session): OverlayError {
  return new OverlayError(
    'USAGE',
    `Expected no --state-dir or --fingerprint for session "${session.id}", which exists`,
    {
      hint: 'They are for new sessions: choose another name, or discard this one first.',
    },
  )
}
