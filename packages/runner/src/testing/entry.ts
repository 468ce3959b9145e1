import { AbortHandle } from '../delivery/abort-handle.ts';
import type { Job } from '../job.ts';
import type { Entry } from '../outbox/entry.ts';
import { aJob } from './job.ts';

/** A job that a runner has taken on, and whose call has ended. */
export function anEntry(fields: Partial<Job>): Entry {
  const job = aJob({ ...fields, key: String(fields.id) });
  return {
    ...{
      parsed: { ok: true, job },
      job,
      partition: 0,
      owner: '',
      path: job.path,
      abortHandle: new AbortHandle(),
      fetchedAt: 0,
    },
    ...{ isCareful: false, state: 'ending', startedAt: 0, mark: 'none' },
  };
}
