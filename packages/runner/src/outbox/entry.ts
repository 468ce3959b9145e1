/*
 * A job in the hands of this runner.
 *
 *   waiting ──its turn──▶ starting ──▶ running ──an answer──▶ ending ──written──▶ gone
 *      └──────── dropped: cancelled, handed over, no longer sure of being its owner ────┘
 *
 * `starting` is for what comes before some calls: a mark on the row, or a payload that did not come with it.
 */
import type { AbortHandle } from '../delivery/abort-handle.ts';
import type { Job, ParsedJob } from '../job.ts';
import type { Tails } from './producer.ts';

export interface Entry {
  readonly parsed: ParsedJob;
  readonly job: Job;
  readonly partition: number;
  /** Who made it; empty for a service. */
  readonly owner: string;
  /** Its route; for a job that is watched by itself a name that is none. */
  readonly path: string;
  readonly abortHandle: AbortHandle;
  /** By the clock of `performance.now()`. */
  readonly fetchedAt: number;
  /** Its row says `processing` before it is called. */
  readonly isCareful: boolean;
  state: 'waiting' | 'starting' | 'running' | 'ending' | 'gone';
  /** Of its call, by the clock of `performance.now()`. */
  startedAt: number;
  /** Its row says, or is about to say, that this runner works on it. */
  mark: 'none' | 'writing' | 'written' | 'refused';
  /** Where the tails were when its outcome was there: what a retry writes is due later than that. */
  tails?: Tails;
}
