import fc from 'fast-check';
import { Duration, RecordId } from 'surrealdb';
import { describe, expect, test } from 'vitest';
import { idempotencyKey, parseJob } from './job.ts';
import { aJob } from './testing/job.ts';

const claimed = { id: new RecordId('job', 'a'), token: 't' };
const row = {
  ...claimed,
  path: '/spookify',
  payload: { id: 'thread:a' },
  retries: 1,
  max_retries: 3,
  retry_strategy: 'exponential',
  reruns: 2,
  waited: 40,
};

describe('parseJob', () => {
  test('reads a claimed row', () => {
    const thread = new RecordId('thread', 'a');
    expect(parseJob({ ...row, timeout: new Duration('1s500ms'), assigned_to: thread })).toEqual({
      ok: true,
      job: {
        ...claimed,
        path: '/spookify',
        payload: { id: 'thread:a' },
        retries: 1,
        maxRetries: 3,
        retryStrategy: 'exponential',
        reruns: 2,
        waitedMs: 40,
        timeoutMs: 1500,
        assignedTo: thread,
      },
    });
  });

  test('names every field that makes no sense', () => {
    expect(parseJob({ ...row, retries: -1, retry_strategy: 'quadratic', timeout: '1s' })).toMatchObject({
      ok: false,
      reason: "The job's timeout, retries, retry_strategy cannot be read.",
      job: { retries: 0, retryStrategy: 'linear' },
    });
  });

  test.each([undefined, null, 7, 'job', [], {}, { id: 'job:a', token: 't' }, { id: claimed.id }])(
    '%j is no job',
    (value) => {
      expect(parseJob(value)).toBeUndefined();
    },
  );

  test('whatever else the row holds, it can be failed', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(row), 'timeout', 'assigned_to'), fc.anything()),
        (fields) => {
          const parsed = parseJob({ ...fields, ...claimed });
          expect(parsed?.job).toMatchObject({ id: claimed.id, token: 't' });
          expect(parsed?.job.retries).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

test('a retry repeats the idempotency key, a rerun has another', () => {
  expect(idempotencyKey(aJob())).toBe('job:a');
  expect(idempotencyKey(aJob({ retries: 3 }))).toBe('job:a');
  expect(idempotencyKey(aJob({ reruns: 2 }))).toBe('job:a:2');
});
