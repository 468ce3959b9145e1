// What a process was doing when it timed out.
export type { Activity } from './diagnosis/activity.ts';
// The error that this package throws, and how a process ended.
export { type ProcessExit, SupervisorError, type SupervisorErrorCode } from './errors.ts';
// An error of an entry, with its place, causes and parts.
export type { ErrorDetail, ErrorPlace } from './failure/error-detail.ts';
// Limits of a supervisor.
export type { SupervisorLimits } from './limits.ts';
// Memory and processor time of a process.
export type { Usage } from './measure/usage.ts';
// Options of createSupervisor, spawn, spawnCommand and keepSpares.
export type { Scope, SpareOptions, SpawnCommandOptions, SpawnOptions, SupervisorOptions } from './options.ts';
// The states of a process, and the reasons why it ended.
export type { ExitReason, ProcessState, TerminalState } from './process/lifecycle.ts';
// Events of processes, and the snapshot that `list` and `get` return.
export type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process/process-info.ts';
// When a process is restarted.
export type { RestartPolicy } from './process/restart-policy.ts';
// The result of `snapshot`.
export type { ProcessSnapshot, SupervisorSnapshot } from './process/snapshot.ts';
// The argument of an entry's function.
export type { ProcessContext } from './programs/process-context.ts';
// What must run before a process starts.
export type { DependencyCondition, DependsOn } from './spawn/dependencies.ts';
// What an entry may do under Node's permission model.
export type { Permissions } from './spawn/permissions.ts';
// When a command is ready, and the probe that tests a port.
export { acceptsConnections, type Readiness } from './spawn/readiness.ts';
// Creates a supervisor.
export { createSupervisor } from './supervisor.ts';
// The supervisor and the handles that it returns.
export type { ListFilter, ProcessHandle, StopOptions, Supervisor } from './supervisor-api.ts';
// Options and result of `close`.
export type { CloseOptions, CloseReport, CloseWait } from './terminate/closing.ts';
