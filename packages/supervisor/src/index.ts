// Making a supervisor, and what it offers.

// What an entry's function is called with.
export type { ProcessContext } from './child-runtime.ts';
export type { CloseOptions, CloseReport } from './closing.ts';
export { type ProcessExit, SupervisorError, type SupervisorErrorCode } from './errors.ts';
// What it tells.
export type { ExitReason, ProcessState, TerminalState } from './lifecycle.ts';
// What it takes.
export type { Scope, SpawnCommandOptions, SpawnOptions, SupervisorOptions } from './options.ts';
export type { LifecycleEvent, MessageEvent, OutputEvent, ProcessInfo } from './process-info.ts';
export type { Readiness } from './readiness.ts';
export type { RestartPolicy } from './restart-policy.ts';
export {
  createSupervisor,
  type ListFilter,
  type ProcessHandle,
  type StopOptions,
  type Supervisor,
} from './supervisor.ts';
