import type { Usage } from '../measure/usage.ts';
import type { ProcessInfo } from './process-info.ts';
import type { ProcessRun } from './process-run.ts';

/** A living process, with what it takes. */
export interface ProcessSnapshot extends ProcessInfo {
  /** Since it has a process. Milliseconds; 0 while it waits for its dependencies. */
  readonly uptimeMs: number;
  /** What it takes of the machine. Absent while it has no process, and on Windows. */
  readonly usage?: Usage;
  /** Messages that wait: to the process until it takes them, to the host for its first handler. */
  readonly queues: { readonly toProcess: number; readonly toHost: number };
}

/** A supervisor at one moment. */
export interface SupervisorSnapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly processes: readonly ProcessSnapshot[];
  /** Those that ended last (`limits.history`), with how they ended; oldest first. */
  readonly ended: readonly ProcessInfo[];
  /** SparePools that stand ready. */
  readonly spares: number;
}

export function snapshotOf(process: ProcessRun, usage: Usage | undefined, toHost: number): ProcessSnapshot {
  return {
    ...process.info(),
    uptimeMs: process.uptimeMs,
    ...(usage === undefined ? {} : { usage }),
    queues: { toProcess: process.waitingMessages, toHost },
  };
}
