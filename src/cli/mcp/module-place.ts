import { type AbsPath, joinAbs, type Session } from '../../index.js'
import { typedBytes } from '../arguments.js'
import { projectPath } from '../paths.js'
import type { ServerOptions } from './server-options.js'

export interface ModulePlace {
  readonly module: AbsPath
  /** What it must lie below, reached through no link. */
  readonly below?: AbsPath
}

/**
 * Where the module is that a call names: one that the user gave the server, by its name, else a file of the session.
 * @throws OverlayError `PATH_INVALID`
 */
export function modulePlace(session: Session, name: string, { modules }: ServerOptions): ModulePlace {
  const given = modules.get(name)
  if (given !== undefined) return { module: given }
  const { project, merged } = session
  const path = projectPath({ project, merged, start: project }, typedBytes(name))
  return { module: joinAbs(merged, path), below: merged }
}
