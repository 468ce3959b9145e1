import { RecordId } from 'surrealdb';
import type { Job } from '../job.ts';

/** A fetched job, before the first of four attempts. */
export function aJob(fields: Partial<Job> = {}): Job {
  return {
    id: new RecordId('job', 'a'),
    key: 'job:a',
    path: '/spookify',
    payload: { id: 'thread:a' },
    runAt: new Date(),
    retries: 0,
    maxRetries: 3,
    retryStrategy: 'linear',
    reruns: 0,
    losses: 0,
    waitedMs: 0,
    ...fields,
  };
}
