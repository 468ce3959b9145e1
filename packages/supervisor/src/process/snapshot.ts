import type { Usage } from '../measure/usage.ts';
import type { ProcessInfo } from './process-info.ts';
import type { ProcessRun } from './process-run.ts';

/** A living process with its resource usage. */
export interface ProcessSnapshot extends ProcessInfo {
  /** Time since the process was started. Milliseconds; 0 while it waits for its dependencies. */
  readonly uptimeMs: number;
  /** Memory and processor time. Absent while there is no process, and on Windows. */
  readonly usage?: Usage;
  /** Waiting messages: to the process until it takes them, and to the host until it has a handler. */
  readonly queues: { readonly toProcess: number; readonly toHost: number };
}

/** A supervisor at one moment. */
export interface SupervisorSnapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The living processes, oldest first. */
  readonly processes: readonly ProcessSnapshot[];
  /** The last processes that ended (`limits.history`), with how they ended, oldest first. */
  readonly ended: readonly ProcessInfo[];
  /** Number of ready spares. */
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
