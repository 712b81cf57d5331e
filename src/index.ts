// The public API. Everything else may change without notice.

export type {
  Aspect,
  Change,
  ChangeKind,
  ChangeSet,
  ContentSource,
  IgnoredEntry,
  UpperIdentity,
  WantedEntry,
} from './changeset/change.js'
export type { FilePatch, Hunk, HunkLine } from './changeset/patch/file-patch.js'
export { type FileCount, parseNumstat } from './changeset/patch/numstat.js'
export { parsePatch } from './changeset/patch/parse-patch.js'
export type { PatchNote, PatchNoteKind } from './changeset/patch/patch-note.js'
export { selectChanges } from './changeset/patch/select-changes.js'
export { isListed, type StatusLetter, statusLetter } from './changeset/patch/status-letter.js'
export type { SideRoots } from './changeset/patch/tree-side.js'
export { type PatchFormat, type PatchOptions, type PatchPorts, writePatch } from './changeset/patch/write-patch.js'
export { commitSession } from './commit/commit-session.js'
export { type DiscardChangesOptions, discardChanges } from './commit/discard-changes.js'
export { discardExpired } from './commit/discard-expired.js'
export type { HunkItem, HunkMenu } from './commit/hunks/hunk-menu.js'
export { type ListHunksOptions, listHunks } from './commit/hunks/list-hunks.js'
export { keepsUndoData } from './commit/kept-commits.js'
export { describeUnmerged, type UnmergedChange, type UnmergedReason } from './commit/merge/unmerged.js'
export { type PrunedUndo, pruneUndo } from './commit/prune-undo.js'
export { type RecoverOptions, recoverCommit } from './commit/recover-commit.js'
export { type ReviewOptions, reviewSession } from './commit/review-session.js'
export {
  type AllowKind,
  allowKinds,
  type CommitOptions,
  type CommitProgress,
  type CommitSummary,
  type GitPlace,
  type HunkChoice,
  type Recovery,
  type Refusal,
  type Review,
  type UndoRetention,
} from './commit/types.js'
export { type UndoOptions, type UndoSummary, undoCommit } from './commit/undo-commit.js'
export type { UndoneChange } from './commit/undone-changes.js'
export type { Conflict, ConflictPolicy, ConflictReason } from './conflict/conflict.js'
export { type ErrorCode, type ErrorKind, errorKinds, exitStatuses } from './errors/codes.js'
export { OverlayError, type OverlayErrorOptions } from './errors/overlay-error.js'
export type { BackendName, Obstacle } from './mount/backend.js'
export type { BackendWish, Rejected } from './mount/choose-backend.js'
export { type BackendReport, type Diagnosis, diagnose } from './mount/diagnose.js'
export type { FuseBinding } from './mount/fuse/server-plan.js'
export type { EntryStat, EntryType } from './os/entry-stat.js'
export type { Fd, FileHandle, FileOps, FileSystemStat, RenameMode, ScannedEntry, Xattrs } from './os/file-ops.js'
export type { Machine, MountInfo, MountUse, MountUser } from './os/machine.js'
export type { Ports } from './os/ports.js'
export type { OutputSink, ProcessEnd, ProcessRequest, ProcessRunner, RunningProcess } from './os/process-runner.js'
export { programArguments, workingDirectory } from './os/program-arguments.js'
export { SystemError } from './os/system-error.js'
export { systemPorts as createPorts } from './os/system-ports.js'
export type { AbsPath, ByteString, RelPath } from './paths/byte-string.js'
export { bufferFromBytes, bytesFromBuffer, bytesFromJsonName, bytesFromText, jsonName } from './paths/bytes.js'
export { quoteName } from './paths/quote-name.js'
export { absPath, joinAbs, relativeTo, relPath, rootPath } from './paths/rel-path.js'
export { type SessionId, sessionId } from './paths/session-id.js'
export { type BwrapOptions, bwrapSandbox } from './run/bwrap-sandbox.js'
export { execModule } from './run/exec-module.js'
export type { ExecOptions, ExecResult } from './run/exec-options.js'
export type { Ended, Ending } from './run/exit-status.js'
export type { FilesAfter, SkippedEntry } from './run/files-after.js'
export { type FindWasmtimeOptions, findWasmtime, type WasmtimeProgram } from './run/find-wasmtime.js'
export { createModuleHashes, type ModuleHashes } from './run/module-hashes.js'
export { parseByteLimit, parseTimeLimit } from './run/parse-limits.js'
export type { ConfinedCommand, ProcessSandbox } from './run/process-sandbox.js'
export { type PrunedModules, pruneModuleCache } from './run/prune-module-cache.js'
export type { WasiEvent } from './run/stream-output.js'
export type {
  WasiExecInput,
  WasiExecResult,
  WasiFiles,
  WasiLimits,
  WasiModule,
  WasiRunner,
} from './run/wasi-input.js'
export { type WasiRunnerOptions, WasmtimeWasiRunner } from './run/wasi-runner.js'
export { type AttachedSession, type AttachOptions, attachSession } from './session/attach-session.js'
export { sessionChangesSince } from './session/changes-since.js'
export { chooseSession, type SessionChoice } from './session/choose-session.js'
export { type CreatedSession, type CreateOptions, createSession } from './session/create-session.js'
export { type DiscardOptions, discardCorruptSession, discardSession } from './session/discard-session.js'
export { findSession, type SessionName, type SessionScope, sessionDirs } from './session/find-session.js'
export { isClosed } from './session/is-closed.js'
export { isCutShort } from './session/is-cut-short.js'
export { stateDir } from './session/layout.js'
export { type ListedSession, listSessions } from './session/list-sessions.js'
export { appendLog, type LogEntry, readLog } from './session/log.js'
export { checkProject, findProject } from './session/project.js'
export { sessionClosed } from './session/refuse-closed.js'
export type { Session } from './session/session.js'
export type { HolderIdentity, SessionRecord } from './session/session-record.js'
export { type DetachedReason, type SessionState, sessionState } from './session/session-state.js'
export { sweepLeftovers } from './session/sweep-leftovers.js'
export { type UnmountedSession, type UnmountOptions, unmountSession } from './session/unmount-session.js'
export { sessionUsage } from './session/usage.js'
export { type Bundle, type BundledModule, openBundle } from './tools/bundle.js'
export { type CommandInput, type CommandLimits, commandInputSchema } from './tools/command-input.js'
export { type CommandContext, type CommandOutput, CommandTool, type CommandToolOptions } from './tools/command-tool.js'
export { type OpenSessionOptions, openSession } from './tools/open-session.js'
export { OpenedSession, type SessionExecInput } from './tools/opened-session.js'
export type { GitSettings, SessionDiff, SessionDiffOptions } from './tools/session-diff.js'
export type {
  ChangedPath,
  ConflictingPath,
  RefusedPath,
  SessionChanges,
  SessionCommit,
  SessionUndo,
} from './tools/session-report.js'
export {
  type SessionCommitOptions,
  ShadowDirWorkspace,
  type ShadowDirWorkspaceOptions,
} from './tools/shadow-dir-workspace.js'
export { LocalDirWorkspace, type LocalDirWorkspaceOptions } from './workspace/local-dir-workspace.js'
export { MemoryWorkspace, type MemoryWorkspaceOptions } from './workspace/memory-workspace.js'
export type {
  DirectoryWorkspace,
  SnapshotWorkspace,
  Workspace,
  WorkspaceCalls,
  WorkspaceChanges,
  WorkspaceEntry,
  WorkspaceEntryType,
  WorkspaceFiles,
  WorkspaceStat,
} from './workspace/workspace.js'
