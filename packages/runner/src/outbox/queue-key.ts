import type { Job } from '../job.ts';
import { MAX_LOSSES } from './recover.ts';

/** The queue of a job: jobs of one owner for one route, or for all routes without a limit. */
export interface QueueKey {
  /** The user who created it; empty for a service. */
  readonly owner: string;
  /** Its route, or `ALONE`. */
  readonly path: string;
}

/**
 * The queue of jobs that may have crashed their runners; one of them runs at a time. No route has this name, because
 * routes begin with a slash.
 */
export const ALONE = 'alone';

/** One more lost runner fails the job, so no other suspect job may run beside it and cause that loss. */
export function isSuspect({ losses }: Job): boolean {
  return losses >= MAX_LOSSES - 1;
}

export function queueKeyOf(job: Job): QueueKey {
  return {
    owner: job.createdBy === undefined ? '' : String(job.createdBy),
    path: isSuspect(job) ? ALONE : job.path,
  };
}
