import type { Job } from '../job.ts';
import { MOST_LOSSES } from './recover.ts';

/** Where a job waits: with those of one owner for one route, or for all routes without a limit. */
export interface Place {
  /** Who made it; empty for a service. */
  readonly owner: string;
  /** Its route, or `ALONE`. */
  readonly path: string;
}

/** Where jobs wait that may have ended their runners; one of them runs at a time. No route is called so: they begin with a slash. */
export const ALONE = 'alone';

/** The next loss of its runner fails it, so it must not be another job's fault. */
export function isSuspect({ losses }: Job): boolean {
  return losses >= MOST_LOSSES - 1;
}

export function placeOf(job: Job): Place {
  return {
    owner: job.createdBy === undefined ? '' : String(job.createdBy),
    path: isSuspect(job) ? ALONE : job.path,
  };
}
