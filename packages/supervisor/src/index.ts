// What an entry's function is called with.

// What a process that timed out was doing.
export type { Activity } from './diagnosis/activity.ts';
// Every error that is thrown, and how a process ended.
export { type ProcessExit, SupervisorError, type SupervisorErrorCode } from './errors.ts';
// How much a supervisor takes on.
export type { SupervisorLimits } from './limits.ts';
// What processes take, at one moment.
export type { Usage } from './measure/usage.ts';
// What is given to createSupervisor, spawn and spawnCommand.
export type { Scope, SpareOptions, SpawnCommandOptions, SpawnOptions, SupervisorOptions } from './options.ts';
// The states, and why a process ended.
export type { ExitReason, ProcessState, TerminalState } from './process/lifecycle.ts';
// What is told of processes.
export type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process/process-info.ts';
// When a process is started again.
export type { RestartPolicy } from './process/restart-policy.ts';
export type { ProcessSnapshot, SupervisorSnapshot } from './process/snapshot.ts';
export type { ProcessContext } from './programs/child-runtime.ts';
// What a process needs before it is started.
export type { DependencyCondition, DependsOn } from './spawn/dependencies.ts';
// What an entry under Node's permission model may do.
export type { Permissions } from './spawn/permissions.ts';
// When a command counts as running, and the probe of a port that tells.
export { accepts, type Readiness } from './spawn/readiness.ts';
// Where it all begins.
export { createSupervisor } from './supervisor.ts';
// The supervisor itself, and its handles.
export type { ListFilter, ProcessHandle, StopOptions, Supervisor } from './supervisor-api.ts';
// Closing, and how it went.
export type { CloseOptions, CloseReport, CloseWait } from './terminate/closing.ts';
