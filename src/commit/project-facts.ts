import { compilePatterns } from '../session/path-patterns.js'
import { readProjectConfig } from '../session/project-config.js'
import type { ProjectFacts } from './find-refusals.js'
import { namedInConfig, protectionOf } from './protected-paths.js'
import type { SessionView } from './session-view.js'

/** What the rules about refused kinds ask of the project. @throws OverlayError `CONFIG_INVALID` */
export async function projectFacts({ ops, base, session }: SessionView): Promise<ProjectFacts> {
  const { project } = session
  const patterns = await compilePatterns(readProjectConfig(ops, project).protected)
  return {
    project,
    stat: (path) => base.stat(path),
    xattrs: (path) => base.at(path, (dir, name) => ops.getXattrs(dir, name)),
    target: (path) => base.at(path, (dir, name) => ops.readLink(dir, name)),
    protection: (path, type) =>
      protectionOf(path, type)?.why ?? (patterns.covers(path, type) ? namedInConfig : undefined),
  }
}
