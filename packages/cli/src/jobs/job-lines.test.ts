import { RecordId } from 'surrealdb';
import { expect, it } from 'vitest';
import { jobLines } from './job-lines.ts';
import type { Job } from './jobs.ts';

const job: Job = {
  id: new RecordId('job', 'abc'),
  status: 'failed',
  path: '/spookify',
  retries: 1,
  max_retries: 3,
  created_at: { toDate: () => new Date(0) },
  errors: [{ code: 'http_500', reason: 'no' }],
};

it('prints each job on one line, in columns', () => {
  const longer = { ...job, id: new RecordId('job', 'abcdef'), status: 'success' };
  expect(jobLines([job, longer])).toBe(
    [
      'job:abc     failed      1970-01-01T00:00:00.000Z  /spookify  1/3 retries  no',
      'job:abcdef  success     1970-01-01T00:00:00.000Z  /spookify  1/3 retries',
    ].join('\n'),
  );
});

it('prints when a delayed job is due', () => {
  const delayed = { ...job, status: 'pending', retries: 0, errors: [], due_in_ms: 300_900 };
  expect(jobLines([delayed])).toBe('job:abc  pending     1970-01-01T00:00:00.000Z  /spookify  0/3 retries  in 5 min');
  expect(jobLines([{ ...delayed, due_in_ms: null }])).toMatch(/retries$/);
});

it('escapes control characters in ids, paths and reasons', () => {
  const lines = jobLines([
    {
      ...job,
      id: new RecordId('job', 'a\n\x1b[2Jb'),
      path: '/x\r\x9b31m',
      errors: [{ code: 'x', reason: 'one\njob:fake  success\u202e' }],
    },
  ]);
  expect(lines.split('\n')).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not match it
  expect(lines).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
});
