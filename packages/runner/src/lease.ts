/*
 * What this runner holds, and until when.
 *
 *   held ──renewed──▶ held ──outcome on its way──▶ settling ──written──▶ gone
 *    │                                                │
 *    └── the database says no, or the time is over ───┴──▶ lost: the call is aborted, nothing is written
 *
 * The time is counted here from before the claim was sent, so the runner gives up no later than others may take over.
 */
import type { RecordId } from 'surrealdb';
import type { AbortCause } from './answer.ts';
import { type Connection, isAway } from './connection.ts';
import { Hold } from './hold.ts';
import type { Job } from './job.ts';
import type { Logger } from './logger.ts';
import { RENEW } from './statements.ts';
import { milliseconds } from './sweep.ts';

interface Held {
  readonly job: Job;
  readonly hold: Hold;
  /** By the runner's own monotonic clock. */
  expiresAt: number;
  settling: boolean;
}

export interface Leases {
  /** Takes charge of a claimed job. @param claimedAt the runner's clock before the claim was sent */
  hold(job: Job, claimedAt: number): Hold;
  holds(token: string): boolean;
  /** Of everything held. */
  tokens(): string[];
  /** Ends the call of one job. */
  abort(token: string, cause: AbortCause): void;
  abortAll(cause: AbortCause): void;
  /** Its outcome is being written: that the database no longer knows the token is no loss. */
  settling(token: string): void;
  release(token: string): void;
  /** Renews all leases of which a third is over, in one statement, and drops what is lost. */
  renew(): Promise<void>;
}

/** @param onLost is told of each job whose lease is lost */
export function createLeases(
  connection: Connection,
  leaseMs: number,
  logger: Logger,
  onLost: (job: Job) => void,
): Leases {
  const held = new Map<string, Held>();

  function lose(lost: Held): void {
    held.delete(lost.job.token);
    logger.warn({ job: String(lost.job.id) }, 'lost the lease of a job; whoever holds it now runs it');
    onLost(lost.job);
    lost.hold.abort('lost');
  }

  async function renewAll(): Promise<void> {
    // Younger ones mostly end before they would have to be renewed.
    const old = performance.now() + (leaseMs * 2) / 3;
    const mine = [...held.values()].filter(({ expiresAt }) => expiresAt <= old);
    if (mine.length === 0) return;
    const sentAt = performance.now();
    const ids: RecordId[] = mine.map(({ job }) => job.id);
    const tokens = mine.map(({ job }) => job.token);
    const answer = await connection.query(RENEW, { ids, tokens, lease: milliseconds(leaseMs) });
    const renewed = new Set(Array.isArray(answer) ? answer : []);
    for (const lease of mine) {
      if (renewed.has(lease.job.token)) lease.expiresAt = sentAt + leaseMs;
      else if (!lease.settling && held.get(lease.job.token) === lease) lose(lease);
    }
  }

  return {
    hold(job, claimedAt) {
      const hold = new Hold();
      held.set(job.token, { job, hold, expiresAt: claimedAt + leaseMs, settling: false });
      return hold;
    },
    holds: (token) => held.has(token),
    tokens: () => [...held.keys()],
    abort: (token, cause) => held.get(token)?.hold.abort(cause),
    abortAll(cause) {
      for (const { hold } of held.values()) hold.abort(cause);
    },
    settling(token) {
      const lease = held.get(token);
      if (lease) lease.settling = true;
    },
    release: (token) => void held.delete(token),
    async renew() {
      try {
        await renewAll();
      } catch (error) {
        if (!isAway(error)) logger.error({ err: error }, 'leases cannot be renewed');
      }
      const now = performance.now();
      for (const lease of held.values()) if (lease.expiresAt <= now) lose(lease);
    },
  };
}
