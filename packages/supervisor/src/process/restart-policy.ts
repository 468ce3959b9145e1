import type { TerminalState } from './lifecycle.ts';

/**
 * Whether and when a process that ended by itself is restarted. A stop, a replacement or `close` never leads to a
 * restart.
 */
export interface RestartPolicy {
  /** `on-failure`: after `failed` and `timed_out`. `always`: also after `completed`. Default of a spawn: `never`. */
  readonly when: 'never' | 'on-failure' | 'always';
  /** Maximum number of restarts within `windowMs`; after that the policy gives up. Default 5. */
  readonly maxRestarts?: number;
  /** The window in which restarts are counted. Milliseconds, default 60,000. */
  readonly windowMs?: number;
  /**
   * The delay before a restart. It doubles from `initialMs` (default 250) up to `maxMs` (default 10,000). Half of it is
   * random. Milliseconds.
   */
  readonly backoff?: { readonly initialMs?: number; readonly maxMs?: number };
  /** A process that has been running this long resets the delay. Milliseconds, default 10,000. */
  readonly stableMs?: number;
}

/** What a policy remembers between the runs of one process. */
export interface RestartHistory {
  /** Times of the restarts in the current window. Milliseconds since 1970. */
  readonly recent: readonly number[];
  /** Consecutive restarts without a stable run: the exponent of the backoff. */
  readonly inARow: number;
}

export const NO_RESTARTS: RestartHistory = { recent: [], inARow: 0 };

export type RestartDecision =
  | { readonly type: 'end' }
  | { readonly type: 'give-up' }
  | { readonly type: 'restart'; readonly delayMs: number; readonly history: RestartHistory };

/**
 * Decides what follows the end of a process. Pure: `now` is the time in milliseconds, `ranMs` the time in `running`,
 * `random` returns a number from 0 to 1.
 */
export function decideRestart(
  policy: RestartPolicy,
  history: RestartHistory,
  ended: { readonly state: TerminalState; readonly ranMs: number },
  now: number,
  random: () => number,
): RestartDecision {
  const failed = ended.state === 'failed' || ended.state === 'timed_out';
  const wanted = ended.state !== 'stopped' && (policy.when === 'always' || (policy.when === 'on-failure' && failed));
  if (!wanted) return { type: 'end' };

  const recent = history.recent.filter((at) => now - at < (policy.windowMs ?? 60_000));
  if (recent.length >= (policy.maxRestarts ?? 5)) return { type: 'give-up' };

  const inARow = ended.ranMs >= (policy.stableMs ?? 10_000) ? 0 : history.inARow;
  const { initialMs = 250, maxMs = 10_000 } = policy.backoff ?? {};
  const full = Math.min(maxMs, initialMs * 2 ** Math.min(inARow, 30));
  const delayMs = Math.round(full / 2 + (full / 2) * random());
  return { type: 'restart', delayMs, history: { recent: [...recent, now], inARow: inARow + 1 } };
}
