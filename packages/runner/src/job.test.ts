import fc from 'fast-check';
import { Duration, RecordId } from 'surrealdb';
import { describe, expect, test } from 'vitest';
import { idempotencyKey, parseJob } from './job.ts';
import { aJob } from './testing/job.ts';

const id = new RecordId('job', 'a');
const NOW = new Date('2030-01-01T00:00:00.040Z');
const row = {
  id,
  path: '/spookify',
  payload: { id: 'thread:a' },
  run_at: new Date('2030-01-01T00:00:00Z'),
  retries: 1,
  max_retries: 3,
  retry_strategy: 'exponential',
  reruns: 2,
  rescues: 1,
};

describe('parseJob', () => {
  test('parses a row', () => {
    const thread = new RecordId('thread', 'a');
    expect(parseJob({ ...row, timeout: new Duration('1s500ms'), assigned_to: thread }, NOW)).toEqual({
      ok: true,
      job: {
        id,
        key: 'job:a',
        path: '/spookify',
        payload: { id: 'thread:a' },
        runAt: row.run_at,
        retries: 1,
        maxRetries: 3,
        retryStrategy: 'exponential',
        reruns: 2,
        losses: 1,
        waitedMs: 40,
        timeoutMs: 1500,
        assignedTo: thread,
      },
    });
  });

  test('names every invalid field', () => {
    expect(parseJob({ ...row, retries: -1, retry_strategy: 'quadratic', timeout: '1s' }, NOW)).toMatchObject({
      ok: false,
      reason: "The job's timeout, retries, retry_strategy cannot be read.",
      job: { retries: 0, retryStrategy: 'linear' },
    });
  });

  test('accepts a row without its payload, and reports no wait for a job that is due later', () => {
    const { payload: _, ...without } = row;
    const parsed = parseJob({ ...without, run_at: new Date(NOW.getTime() + 5) }, NOW);
    expect(parsed).toMatchObject({ ok: true, job: { payload: undefined, waitedMs: 0 } });
  });

  test.each([undefined, null, 7, 'job', [], {}, { id: 'job:a' }])('returns undefined for %j', (value) => {
    expect(parseJob(value, NOW)).toBeUndefined();
  });

  test('returns a job that can be failed, whatever else the row contains', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(row), 'timeout', 'assigned_to'), fc.anything()),
        (fields) => {
          const parsed = parseJob({ ...fields, id }, NOW);
          expect(parsed?.job).toMatchObject({ id, runAt: expect.any(Date) });
          expect(parsed?.job.retries).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

test('repeats the idempotency key for a retry, and changes it for a rerun', () => {
  expect(idempotencyKey(aJob())).toBe('job:a');
  expect(idempotencyKey(aJob({ retries: 3 }))).toBe('job:a');
  expect(idempotencyKey(aJob({ reruns: 2 }))).toBe('job:a:2');
});
