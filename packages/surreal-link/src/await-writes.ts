/*
 * Waits on the server's write signal, again and again.
 *
 *   waiting ──another value──▶ onWrite ──REST_MS──▶ waiting
 *      ├──the server has no signal──▶ onUnknown ──pollMs──▶ waiting
 *      └──the wait failed───────────▶ onUnknown ──retryMs─▶ waiting, and the first answer after it is news
 */
import { type Clock, realClock } from './clock.ts';
import type { Link } from './link.ts';

/**
 * How long to rest after each signal, in milliseconds. The first write after a pause is still heard of at once. Without a
 * rest, one waiter took 11 to 31 % of the writes a second from a busy writer of single rows; with it, none that could be
 * measured (two busy cores, 500 to 900 writes a second).
 */
const REST_MS = 5;

export interface AwaitWritesOptions {
  readonly link: Pick<Link, 'writeSignal'>;
  /** Ends the waiting. Abort it before the link closes. */
  readonly signal: AbortSignal;
  /** How long to pause before the server is asked again whether it has a write signal, in milliseconds. */
  readonly pollMs: number;
  /** How long to pause after a wait that failed, because the database is away for instance, in milliseconds. */
  readonly retryMs: number;
  /**
   * Something may have been written by others than this link. Called at the first answer, too, and at the first one after
   * each failure.
   */
  readonly onWrite: () => void;
  /** Nothing is known of writes until the next `onWrite`: the server has no signal, or the wait failed with an error. */
  readonly onUnknown: (error?: unknown) => void;
  /** Default: the real one. */
  readonly clock?: Clock;
}

/**
 * Calls `onWrite` whenever the write signal says that others may have written. After `signal` was aborted it calls nothing
 * any more; it resolves when the request under way has ended as well: with the link, or by its time limit of 30 s.
 */
export async function awaitWrites(options: AwaitWritesOptions): Promise<void> {
  const { link, signal, pollMs, retryMs, onWrite, onUnknown, clock = realClock } = options;
  let known: number | undefined;
  while (!signal.aborted) {
    const answer = await link.writeSignal(known).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (signal.aborted) return;
    if ('error' in answer || answer.value === undefined) {
      // After it anything may have been written.
      known = undefined;
      const hasFailed = 'error' in answer;
      onUnknown(hasFailed ? answer.error : undefined);
      await clock.pause(hasFailed ? retryMs : pollMs, signal);
    } else if (answer.value !== known) {
      known = answer.value;
      onWrite();
      await clock.pause(REST_MS, signal);
    }
  }
}
