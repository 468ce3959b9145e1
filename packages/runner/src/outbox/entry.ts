/*
 * A job that this runner has taken on.
 *
 *   waiting ──its turn──▶ starting ──▶ running ──an answer──▶ ending ──written──▶ gone
 *      └──────── dropped: cancelled, handed over, no longer sure of being its owner ────┘
 *
 * `starting` covers what some calls need first: a mark on the row, or a payload that was not fetched with it.
 */
import type { AbortHandle } from '../delivery/abort-handle.ts';
import type { Job, ParsedJob } from '../job.ts';
import type { Tails } from './producer.ts';

export interface Entry {
  readonly parsed: ParsedJob;
  readonly job: Job;
  readonly partition: number;
  /** The user who created it; empty for a service. */
  readonly owner: string;
  /** Its route, or `ALONE` for a suspect job. */
  readonly path: string;
  readonly abortHandle: AbortHandle;
  /** On the clock of `performance.now()`. */
  readonly fetchedAt: number;
  /** Its row must say `processing` before the call. */
  readonly isCareful: boolean;
  state: 'waiting' | 'starting' | 'running' | 'ending' | 'gone';
  /** When its call started, on the clock of `performance.now()`. */
  startedAt: number;
  /** Whether its row says, or is about to say, that this runner works on it. */
  mark: 'none' | 'writing' | 'written' | 'refused';
  /** The tails at the time of its outcome: a retry that it writes is due later than these. */
  tails?: Tails;
}
