import { expect, test } from 'vitest';
import { failedAttempts, isUnderWay, type JobFacts, jobFailures, jobView } from './job-view.ts';

const due = new Date('2026-03-10T12:00:03Z');
const failure = (attempt: number, code = 'http-503') => ({
  attempt,
  at: '2026-03-10T12:00:00Z',
  code,
  reason: 'The writer could not answer.',
});
const job = (facts: Partial<JobFacts>): JobFacts => ({
  status: 'pending',
  retries: 0,
  max_retries: 3,
  run_at: { toDate: () => due },
  updated_at: { toDate: () => due },
  errors: [],
  ...facts,
});

test('is idle without a job', () => {
  expect(jobView(undefined)).toEqual({ kind: 'idle' });
});

test('is waiting for a new job', () => {
  expect(jobView(job({}))).toEqual({ kind: 'waiting', asked: undefined });
});

test('shows when a delayed job is due, even if the clock of this machine is wrong', () => {
  const written = (secondsBefore: number) => ({ toDate: () => new Date(due.getTime() - secondsBefore * 1000) });
  expect(jobView(job({ updated_at: written(300) }))).toEqual({ kind: 'waiting', asked: undefined, dueAt: due });
  expect(jobView(job({ updated_at: written(300), request: 'cancel' }))).toMatchObject({ asked: 'cancel', dueAt: due });
  expect(jobView(job({ updated_at: written(0.5) }))).toMatchObject({ kind: 'waiting', dueAt: undefined });
  expect(jobView(job({ updated_at: written(-300) }))).toMatchObject({ kind: 'waiting', dueAt: undefined });
});

test('shows the first of four attempts of a running job', () => {
  expect(jobView(job({ status: 'processing' }))).toMatchObject({ kind: 'running', attempt: 1, of: 4 });
});

test('shows the progress that the backend reports', () => {
  const running = (progress: JobFacts['progress']) => jobView(job({ status: 'processing', progress }));
  expect(running({ value: 0.3, note: 'Writing' })).toMatchObject({ progress: { value: 0.3, note: 'Writing' } });
  expect(running({ note: 'Writing' })).toMatchObject({ progress: { value: undefined, note: 'Writing' } });
  expect(running({ value: 7 })).toMatchObject({ progress: { value: 1, note: undefined } });
  for (const nothing of [undefined, {}, { value: '1', note: '' }]) {
    expect(running(nothing)).toMatchObject({ kind: 'running', progress: undefined });
  }
});

test('shows between attempts which one failed, why, and when the next is due', () => {
  const view = jobView(job({ retries: 2, errors: [failure(1), failure(2)] }));
  expect(view).toMatchObject({
    kind: 'retrying',
    failure: { attempt: 2, code: 'http-503', reason: 'The writer could not answer.' },
    of: 4,
    dueAt: due,
  });
});

test('counts a running retry as the next attempt', () => {
  expect(jobView(job({ status: 'processing', retries: 2, errors: [failure(1), failure(2)] }))).toMatchObject({
    kind: 'running',
    attempt: 3,
  });
});

test('is waiting for a rerun, and keeps the old failures as history', () => {
  expect(jobView(job({ retries: 0, errors: [failure(4)] }))).toMatchObject({ kind: 'waiting' });
});

test('shows the last failure and the number of attempts of a failed job', () => {
  expect(jobView(job({ status: 'failed', retries: 3, errors: [failure(3), failure(4)] }))).toMatchObject({
    kind: 'failed',
    failure: { attempt: 4 },
    attempts: 4,
  });
});

test('is failed even without a recorded reason', () => {
  expect(jobView(job({ status: 'failed' }))).toMatchObject({ kind: 'failed', failure: undefined });
});

test('does not count a cancelled job as failed', () => {
  expect(jobView(job({ status: 'failed', errors: [failure(1, 'cancelled')] }))).toEqual({ kind: 'cancelled' });
});

test('shows a request before the runner has carried it out', () => {
  expect(jobView(job({ status: 'processing', request: 'cancel' }))).toMatchObject({ kind: 'running', asked: 'cancel' });
  expect(jobView(job({ status: 'failed', request: 'retry', errors: [failure(1)] }))).toMatchObject({
    kind: 'failed',
    asked: 'retry',
  });
});

test('is in progress exactly while an attempt runs or is still to come', () => {
  const underWay = (facts: Partial<JobFacts>) => isUnderWay(jobView(job(facts)));
  expect(isUnderWay(jobView(undefined))).toBe(false);
  expect(underWay({})).toBe(true);
  expect(underWay({ status: 'processing' })).toBe(true);
  expect(underWay({ retries: 1, errors: [failure(1)] })).toBe(true);
  expect(underWay({ status: 'failed', errors: [failure(1)] })).toBe(false);
  expect(underWay({ status: 'failed', request: 'retry', errors: [failure(1)] })).toBe(true);
  expect(underWay({ status: 'success' })).toBe(false);
});

test('does not list a cancelled attempt among the failed ones', () => {
  const job = { errors: [failure(1), failure(2, 'cancelled')] };
  expect(failedAttempts(job)).toEqual(jobFailures({ errors: [failure(1)] }));
});

test('skips an entry with an unknown format, and accepts dates as text or as the database type', () => {
  const failures = jobFailures({ errors: [null, 'x', { attempt: 1 }, { ...failure(2), at: { toDate: () => due } }] });
  expect(failures).toEqual([{ attempt: 2, code: 'http-503', reason: 'The writer could not answer.', at: due }]);
});
