/** Whether a gateway serves browsers, and if not, why. */

/** A reason why browsers are not served. The codes are stable: programs may switch on them. */
export interface Problem {
  readonly code: /** The gateway is starting, or has been stopped. */
    | 'not_running'
    /** The database does not answer. */
    | 'database_away'
    /** No round has ended for too long, so that tabs show an earlier state. */
    | 'rounds_overdue';
  readonly message: string;
}

/** What readiness is derived from. */
export interface ReadinessFacts {
  readonly isRunning: boolean;
  /** Whether the database has just answered. */
  readonly isReachable: boolean;
  readonly now: number;
  /** When the last round ended; undefined before the first one. */
  readonly roundEndedAt: number | undefined;
  /** How long after that the next round is overdue. */
  readonly overdueMs: number;
}

/** The body of `/ready`. */
export interface Readiness {
  readonly ready: boolean;
  readonly problems: readonly Problem[];
}

/** Pure. */
export function readinessOf({ isRunning, isReachable, now, roundEndedAt, overdueMs }: ReadinessFacts): Readiness {
  const problems: Problem[] = [];
  if (!isRunning) problems.push({ code: 'not_running', message: 'the gateway is starting or has been stopped' });
  if (!isReachable) {
    problems.push({ code: 'database_away', message: 'the database does not answer; the gateway keeps trying' });
  }
  const waitedMs = now - (roundEndedAt ?? now);
  if (isRunning && isReachable && waitedMs > overdueMs) {
    const seconds = Math.round(waitedMs / 100) / 10;
    problems.push({ code: 'rounds_overdue', message: `no round has ended for ${seconds} s; the log says why` });
  }
  return { ready: problems.length === 0, problems };
}
