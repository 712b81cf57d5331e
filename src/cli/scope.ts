import {
  type AbsPath,
  absPath,
  type ByteString,
  bytesFromText,
  checkProject,
  findProject,
  joinAbs,
  type SessionScope,
} from '../index.js'
import { typedBytes } from './arguments.js'
import type { CommandContext } from './context.js'

/** The project that the command line means, and where its sessions may lie. */
export function sessionScope(context: CommandContext): SessionScope {
  return { project: projectOf(context), stateRoot: stateRoot(context) }
}

/** @throws OverlayError `PROJECT_INVALID` */
function projectOf(context: CommandContext): AbsPath {
  const { project } = context.globals
  if (project === undefined) return findProject(context.ports, context.cwd)
  return checkProject(context.ports, fromCwd(context, typedBytes(project)))
}

/** Where state goes that has no place in a project. */
export function stateRoot({ env }: CommandContext): AbsPath {
  return joinAbs(absPath(bytesFromText(env.stateHome)), 'openagentic/overlay')
}

/** A typed path as an absolute one: relative to where the person stands. */
export function fromCwd({ cwd }: CommandContext, typed: ByteString): AbsPath {
  return absPath(typed.startsWith('/') ? typed : `${cwd}/${typed}`)
}
