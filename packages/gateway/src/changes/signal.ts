/*
 * Says when something may have been written. Where the server has a write signal it waits on it; elsewhere it polls.
 *
 * A round's own commit raises the signal too. It is counted, so that a round does not cause the next one.
 */
import type { Clock, Link } from '@spookify/surreal-link';

export interface Signal {
  /** Begins to wait. May be called once. */
  start(): void;
  /** A commit of this gateway is about to be sent. */
  expectOwn(): void;
  /** Calls nothing any more. The wait under way ends with the link or by its time limit. */
  stop(): void;
}

export interface SignalOptions {
  readonly link: Pick<Link, 'writeSignal'>;
  readonly clock: Clock;
  readonly pollMs: number;
  readonly retryMs: number;
  /** Another writer than this gateway has written. */
  readonly onWrite: () => void;
  /** There is no signal, so something may have been written. */
  readonly onPoll: () => void;
}

export function createSignal({ link, clock, pollMs, retryMs, onWrite, onPoll }: SignalOptions): Signal {
  const stopping = new AbortController();
  let own = 0;

  async function wait(): Promise<void> {
    let known: number | undefined;
    while (!stopping.signal.aborted) {
      try {
        const value = await link.writeSignal(known);
        if (stopping.signal.aborted) return;
        if (value === undefined) {
          onPoll();
          await clock.pause(pollMs, stopping.signal);
          continue;
        }
        if (value === known) continue;
        const raised = known === undefined || value < known ? Number.POSITIVE_INFINITY : value - known;
        known = value;
        // A restarted server counts from another value, so nothing is known of own commits either.
        if (raised > own) onWrite();
        own = raised > own ? 0 : own - raised;
      } catch {
        // The database is away. After that anything may have been written.
        known = undefined;
        own = 0;
        onPoll();
        await clock.pause(retryMs, stopping.signal);
      }
    }
  }

  return {
    start: () => void wait(),
    expectOwn() {
      own += 1;
    },
    stop: () => stopping.abort(),
  };
}
