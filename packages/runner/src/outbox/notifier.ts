/*
 * Wakes the producer when others may have written to the database.
 *
 *   new ──start──▶ waiting ◀──another value · pause over──▶ onWrite, or a pause        any ──stop──▶ stopped
 *
 * A signal is a hint: it may be superfluous, because any write by anyone raises it. The poll is the truth. The runner's
 * own writes raise no signal on its own connection: code that makes a job due must say so itself.
 */
import { awaitWrites, type Clock } from '@spookify/surreal-link';
import { type Connection, isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';

/** Waits for the database's write signal. */
export interface Notifier {
  /** Starts waiting, and calls `onWrite` once at first. A repeated call has no effect. */
  start(): void;
  /** Stops calling and clears the timer. The pending request ends with the connection. Can be called again. */
  stop(): void;
  /** Whether the server's write signal wakes the producer. If false, only polls do. */
  readonly signalled: boolean;
}

export interface NotifierOptions {
  readonly connection: Pick<Connection, 'writeSignal' | 'connected'>;
  /** Others may have written, or may have while the database was away. Must not throw. */
  readonly onWrite: () => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Default: the real clock. */
  readonly clock?: Clock;
}

/** How often to check whether the server offers the signal: it may be replaced by one that does. */
const RECHECK_MS = 30_000;
/** The pause before a database that is away is asked again; nothing is sent without a connection. */
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
    if (error === undefined) logger.info('the database has no write signal; jobs are found by polling only');
    else logger.warn({ err: error }, 'the write signal failed; jobs are found by polling only until it works again');
  }

  return {
    start() {
      if (isStarted) return;
      isStarted = true;
      void awaitWrites({
        link: connection,
        signal: stopping.signal,
        pollMs: RECHECK_MS,
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
