/** Whether a runner is delivering jobs, and what keeps it if not. */
import type { RunnerState } from '../runner.ts';

/** Something that keeps jobs from being claimed. Stable: programs may switch on the code. */
export interface Problem {
  readonly code: /** It is not running yet, or no longer. */
    | 'not_running'
    /** There is no connection to the database. */
    | 'database_away'
    /** A claim has not been answered for too long: the database is slow, or this process is. */
    | 'claims_overdue'
    /** The database refuses to claim; the log says why. */
    | 'claims_refused';
  readonly message: string;
}

/** How a lane's claims go, by the runner's own clock. */
export interface ClaimHealth {
  /** When it last knew what is due, or that it had no free slot to ask for. */
  readonly claimedAt: number;
  readonly refused: boolean;
}

export interface ReadinessFacts {
  readonly state: RunnerState;
  readonly connected: boolean;
  readonly now: number;
  /** How long a claim may take before it is overdue. */
  readonly overdueMs: number;
  readonly lanes: Readonly<Record<string, ClaimHealth>>;
}

export interface Readiness {
  readonly ready: boolean;
  /** Of the runner as a whole. */
  readonly problems: readonly Problem[];
  /** By backend. */
  readonly backends: Readonly<Record<string, { readonly ready: boolean; readonly problems: readonly Problem[] }>>;
}

/** Pure. A backend that is away is no problem of the runner's: its jobs are tried again, and their rows say why. */
export function readinessOf({ state, connected, now, overdueMs, lanes }: ReadinessFacts): Readiness {
  const problems: Problem[] = [];
  if (state !== 'running') problems.push({ code: 'not_running', message: `the runner is ${state}` });
  if (!connected && state !== 'stopped') {
    problems.push({ code: 'database_away', message: 'there is no connection to the database; it is being tried' });
  }
  const usable = problems.length === 0;
  const backends = Object.entries(lanes).map(([name, lane]) => {
    const own = usable ? claimProblems(lane, now, overdueMs) : [];
    return [name, { ready: usable && own.length === 0, problems: own }] as const;
  });
  const ready = usable && backends.every(([, backend]) => backend.ready);
  return { ready, problems, backends: Object.fromEntries(backends) };
}

function claimProblems({ claimedAt, refused }: ClaimHealth, now: number, overdueMs: number): Problem[] {
  if (refused) {
    return [{ code: 'claims_refused', message: 'the database refuses to claim jobs; the log says why' }];
  }
  if (now - claimedAt <= overdueMs) return [];
  const seconds = Math.round((now - claimedAt) / 100) / 10;
  return [{ code: 'claims_overdue', message: `no claim has been answered for ${seconds} s` }];
}
