/**
 * Waits for the server's write signal in a loop.
 *
 *   waiting ──another value──▶ onWrite ──pause────▶ waiting
 *      ├──the server has no signal──▶ onUnknown ──pollMs──▶ waiting
 *      └──the wait failed───────────▶ onUnknown ──retryMs─▶ waiting; the next answer counts as a write
 */
import { type Clock, systemClock } from './clock.ts';
import type { Link } from './link.ts';

/**
 * The pause after each signal, in milliseconds. The first write after a quiet time is still reported immediately.
 * Without the pause, one waiter slowed a busy writer of single rows down by 11 to 31 %. With it, no effect could be
 * measured (two busy cores, 500 to 900 writes a second).
 */
const PAUSE_AFTER_SIGNAL_MS = 5;

/** Options of {@link awaitWrites}. */
export interface AwaitWritesOptions {
  /** The link whose server is asked. */
  readonly link: Pick<Link, 'writeSignal'>;
  /** Ends the loop. Abort it before the link closes. */
  readonly signal: AbortSignal;
  /** The pause before a server without a write signal is asked again, in milliseconds. */
  readonly pollMs: number;
  /** The pause after a failed wait, for example because the database is away, in milliseconds. */
  readonly retryMs: number;
  /**
   * Called when others than this link may have written something. Also called at the first answer, and at the first
   * answer after each failure.
   */
  readonly onWrite: () => void;
  /**
   * Called when writes can no longer be noticed, until the next `onWrite`: because the server has no write signal (no
   * `error`), or because the wait failed with `error`.
   */
  readonly onUnknown: (error?: unknown) => void;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/**
 * Calls `onWrite` whenever the write signal reports that others may have written. Calls nothing after `signal` is
 * aborted. Resolves when the request in flight has ended too: with the link, or at its time limit of 30 s. Never
 * rejects.
 */
export async function awaitWrites(options: AwaitWritesOptions): Promise<void> {
  const { link, signal, pollMs, retryMs, onWrite, onUnknown, clock = systemClock } = options;
  let known: number | undefined;
  while (!signal.aborted) {
    const answer = await link.writeSignal(known).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (signal.aborted) return;
    if ('error' in answer || answer.value === undefined) {
      // Anything may be written before the next answer.
      known = undefined;
      const hasFailed = 'error' in answer;
      onUnknown(hasFailed ? answer.error : undefined);
      await clock.pause(hasFailed ? retryMs : pollMs, signal);
    } else if (answer.value !== known) {
      known = answer.value;
      onWrite();
      await clock.pause(PAUSE_AFTER_SIGNAL_MS, signal);
    }
  }
}
