/** Whether a runner delivers jobs, and if not, why. */
import type { RunnerState } from '../health.ts';

/** A reason why jobs are not delivered. The codes are stable: programs may switch on them. */
export interface Problem {
  readonly code: /** The runner has not started yet, or is stopping. */
    | 'not_running'
    /** There is no connection to the database. */
    | 'database_away'
    /** A fetch has not been answered for too long: the database is slow, or this process is. */
    | 'fetches_overdue'
    /** The database rejects the fetch; the log has its error. */
    | 'fetches_refused';
  readonly message: string;
}

/** The state of one backend's fetches, on the runner's own clock. */
export interface FetchHealth {
  /** When the last fetch was sent or answered. */
  readonly fetchedAt: number;
  readonly refused: boolean;
}

/** What readiness is derived from. */
export interface ReadinessFacts {
  readonly state: RunnerState;
  readonly connected: boolean;
  readonly now: number;
  /** How long a fetch may take before it is overdue. */
  readonly overdueMs: number;
  readonly fetches: Readonly<Record<string, FetchHealth>>;
}

/** The body of `/ready`. */
export interface Readiness {
  readonly ready: boolean;
  /** Problems of the runner as a whole. */
  readonly problems: readonly Problem[];
  /** By backend. */
  readonly backends: Readonly<Record<string, { readonly ready: boolean; readonly problems: readonly Problem[] }>>;
}

/** Pure. A backend that is away is not a problem of the runner: its jobs are retried, and their rows say why. */
export function readinessOf({ state, connected, now, overdueMs, fetches }: ReadinessFacts): Readiness {
  const problems: Problem[] = [];
  if (state !== 'running') problems.push({ code: 'not_running', message: `the runner is ${state}` });
  if (!connected && state !== 'stopped') {
    problems.push({
      code: 'database_away',
      message: 'there is no connection to the database; the runner keeps connecting',
    });
  }
  const usable = problems.length === 0;
  const backends = Object.entries(fetches).map(([name, fetch]) => {
    const own = usable ? fetchProblems(fetch, now, overdueMs) : [];
    return [name, { ready: usable && own.length === 0, problems: own }] as const;
  });
  const ready = usable && backends.every(([, backend]) => backend.ready);
  return { ready, problems, backends: Object.fromEntries(backends) };
}

function fetchProblems({ fetchedAt, refused }: FetchHealth, now: number, overdueMs: number): Problem[] {
  if (refused) {
    return [{ code: 'fetches_refused', message: 'the database rejects the fetch of jobs; the log has its error' }];
  }
  if (now - fetchedAt <= overdueMs) return [];
  const seconds = Math.round((now - fetchedAt) / 100) / 10;
  return [{ code: 'fetches_overdue', message: `no fetch has been answered for ${seconds} s` }];
}
