import type { TerminalState } from './lifecycle.ts';

/** Whether and when a process that ended by itself is started again. A stop, a replacement or a close never restarts. */
export interface RestartPolicy {
  /** `on-failure`: after failed and timed_out. `always`: also after completed. Default of spawn: never. */
  readonly when: 'never' | 'on-failure' | 'always';
  /** So many restarts within `windowMs`, then it gives up. Default 5. */
  readonly maxRestarts?: number;
  /** Milliseconds. Default 60,000. */
  readonly windowMs?: number;
  /** The delay doubles from `initialMs` (default 250) up to `maxMs` (default 10,000), half of it random. */
  readonly backoff?: { readonly initialMs?: number; readonly maxMs?: number };
  /** After running for so long the delay starts over. Milliseconds, default 10,000. */
  readonly stableMs?: number;
}

/** What a policy remembers between the runs of one process. */
export interface RestartHistory {
  /** When the restarts of the current window were decided. */
  readonly recent: readonly number[];
  /** Restarts in a row without a stable run; the exponent of the backoff. */
  readonly inARow: number;
}

export const NO_RESTARTS: RestartHistory = { recent: [], inARow: 0 };

export type RestartDecision =
  | { readonly type: 'end' }
  | { readonly type: 'give-up' }
  | { readonly type: 'restart'; readonly delayMs: number; readonly history: RestartHistory };

/** Pure: `now` in milliseconds, `ranMs` how long it was running, `random` from 0 to 1. */
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
