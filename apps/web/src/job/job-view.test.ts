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

test('no job is idle', () => {
  expect(jobView(undefined)).toEqual({ kind: 'idle' });
});

test('a fresh job waits in the outbox', () => {
  expect(jobView(job({}))).toEqual({ kind: 'waiting', asked: undefined });
});

test('a delayed job waits until it is due, also when the clock of this machine is wrong', () => {
  const written = (secondsBefore: number) => ({ toDate: () => new Date(due.getTime() - secondsBefore * 1000) });
  expect(jobView(job({ updated_at: written(300) }))).toEqual({ kind: 'waiting', asked: undefined, dueAt: due });
  expect(jobView(job({ updated_at: written(300), request: 'cancel' }))).toMatchObject({ asked: 'cancel', dueAt: due });
  expect(jobView(job({ updated_at: written(0.5) }))).toMatchObject({ kind: 'waiting', dueAt: undefined });
  expect(jobView(job({ updated_at: written(-300) }))).toMatchObject({ kind: 'waiting', dueAt: undefined });
});

test('a job that is processing runs its first of four attempts', () => {
  expect(jobView(job({ status: 'processing' }))).toMatchObject({ kind: 'running', attempt: 1, of: 4 });
});

test('a running job is as far as its backend says', () => {
  const running = (progress: JobFacts['progress']) => jobView(job({ status: 'processing', progress }));
  expect(running({ value: 0.3, note: 'Writing' })).toMatchObject({ progress: { value: 0.3, note: 'Writing' } });
  expect(running({ note: 'Writing' })).toMatchObject({ progress: { value: undefined, note: 'Writing' } });
  expect(running({ value: 7 })).toMatchObject({ progress: { value: 1, note: undefined } });
  for (const nothing of [undefined, {}, { value: '1', note: '' }]) {
    expect(running(nothing)).toMatchObject({ kind: 'running', progress: undefined });
  }
});

test('between attempts it says which one failed, why, and when the next is due', () => {
  const view = jobView(job({ retries: 2, errors: [failure(1), failure(2)] }));
  expect(view).toMatchObject({
    kind: 'retrying',
    failure: { attempt: 2, code: 'http-503', reason: 'The writer could not answer.' },
    of: 4,
    dueAt: due,
  });
});

test('a retry that runs is the next attempt', () => {
  expect(jobView(job({ status: 'processing', retries: 2, errors: [failure(1), failure(2)] }))).toMatchObject({
    kind: 'running',
    attempt: 3,
  });
});

test('a job that its owner asked for again waits; the old failures are history', () => {
  expect(jobView(job({ retries: 0, errors: [failure(4)] }))).toMatchObject({ kind: 'waiting' });
});

test('failed for good shows the last failure and how many attempts were made', () => {
  expect(jobView(job({ status: 'failed', retries: 3, errors: [failure(3), failure(4)] }))).toMatchObject({
    kind: 'failed',
    failure: { attempt: 4 },
    attempts: 4,
  });
});

test('failed without a recorded reason is still failed', () => {
  expect(jobView(job({ status: 'failed' }))).toMatchObject({ kind: 'failed', failure: undefined });
});

test('cancelled by its owner is no failure', () => {
  expect(jobView(job({ status: 'failed', errors: [failure(1, 'cancelled')] }))).toEqual({ kind: 'cancelled' });
});

test('what was asked for shows before the runner has done it', () => {
  expect(jobView(job({ status: 'processing', request: 'cancel' }))).toMatchObject({ kind: 'running', asked: 'cancel' });
  expect(jobView(job({ status: 'failed', request: 'retry', errors: [failure(1)] }))).toMatchObject({
    kind: 'failed',
    asked: 'retry',
  });
});

test('is under way exactly while an attempt is still to come', () => {
  const underWay = (facts: Partial<JobFacts>) => isUnderWay(jobView(job(facts)));
  expect(isUnderWay(jobView(undefined))).toBe(false);
  expect(underWay({})).toBe(true);
  expect(underWay({ status: 'processing' })).toBe(true);
  expect(underWay({ retries: 1, errors: [failure(1)] })).toBe(true);
  expect(underWay({ status: 'failed', errors: [failure(1)] })).toBe(false);
  expect(underWay({ status: 'failed', request: 'retry', errors: [failure(1)] })).toBe(true);
  expect(underWay({ status: 'success' })).toBe(false);
});

test('a cancelled attempt is not among the failed ones', () => {
  const job = { errors: [failure(1), failure(2, 'cancelled')] };
  expect(failedAttempts(job)).toEqual(jobFailures({ errors: [failure(1)] }));
});

test('an entry of another form is left out, and dates come as text or as the database type', () => {
  const failures = jobFailures({ errors: [null, 'x', { attempt: 1 }, { ...failure(2), at: { toDate: () => due } }] });
  expect(failures).toEqual([{ attempt: 2, code: 'http-503', reason: 'The writer could not answer.', at: due }]);
});
