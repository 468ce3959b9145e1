/*
 * Wakes the producer when others may have written to the database.
 *
 *   new ──start──▶ waiting ◀──another value · pause over──▶ onWrite, or a pause        any ──stop──▶ stopped
 *
 * A signal is a hint: it may be superfluous, since any write of anybody raises it. The poller is the truth. What this runner
 * itself writes raises no signal on its own connection: whoever makes a job due here has to say so here.
 */
import { awaitWrites, type Clock } from '@spookify/surreal-link';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';

export interface Notifier {
  /** Begins to wait, and calls `onWrite` once at first. May be called again, to no effect. */
  start(): void;
  /** Calls nothing any more and keeps no timer. The request under way ends with the connection. May be called again. */
  stop(): void;
  /** Whether the server's write signal wakes; otherwise polls alone do. */
  readonly signalled: boolean;
}

export interface NotifierOptions {
  readonly connection: Pick<Connection, 'writeSignal' | 'connected'>;
  /** Others may have written, or may have while the database was away. Must not throw. */
  readonly onWrite: () => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Default: the real one. */
  readonly clock?: Clock;
}

/** A server without the signal may be replaced by one that has it. */
const LOOK_AGAIN_MS = 30_000;
/** Until a database that is away is asked again; without a connection nothing is sent. */
const RETRY_MS = 250;

export function createNotifier({ connection, onWrite, logger, clock }: NotifierOptions): Notifier {
  const stopping = new AbortController();
  let isStarted = false;
  let hasSignal = false;
  let isReported = false;

  function onUnknown(error: unknown): void {
    hasSignal = false;
    // The connection logs when the database is away.
    if (isReported || isAway(error)) return;
    isReported = true;
    if (error === undefined) logger.info('the database has no write signal; jobs are found by polls alone');
    else logger.warn({ err: error }, 'the write signal failed; jobs are found by polls alone until it works again');
  }

  return {
    start() {
      if (isStarted) return;
      isStarted = true;
      void awaitWrites({
        link: connection,
        signal: stopping.signal,
        pollMs: LOOK_AGAIN_MS,
        retryMs: RETRY_MS,
        onWrite() {
          hasSignal = true;
          isReported = false;
          onWrite();
        },
        onUnknown,
        ...(clock && { clock }),
      });
    },
    stop: () => stopping.abort(),
    get signalled() {
      return hasSignal && connection.connected && !stopping.signal.aborted;
    },
  };
}
