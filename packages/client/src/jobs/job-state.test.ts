import { expect, it } from 'vitest';
import { ClientError, DateTime, RecordId } from '../index.ts';
import type { JobRow } from './job-row.ts';
import { jobStateOf } from './job-state.ts';

const id = new RecordId('job', 'a');
const at = new DateTime('2026-01-01T00:00:00Z');
const row: JobRow = {
  ...{ id, path: '/go', payload: {}, status: 'pending', run_at: at, created_at: at, updated_at: at },
  ...{ retries: 1, max_retries: 3, retry_strategy: 'linear', errors: [] },
};
const busy = { attempt: 1, at, code: 'http_503', reason: 'The backend answered 503: busy' };
const wrong = { attempt: 2, at, code: 'http_422', reason: 'The backend answered 422: no such thread' };
const readyOf = (data: JobRow | null) => ({ kind: 'ready', data, error: undefined }) as const;
const stateOf = (change: Partial<JobRow>) => jobStateOf(id, readyOf({ ...row, ...change }), undefined);

it('is that of the row', () => {
  expect(stateOf({})).toEqual({ kind: 'waiting', row, runAt: at, retries: 1 });
  const progress = { value: 0.5, note: 'reading' };
  expect(stateOf({ status: 'processing', progress })).toMatchObject({ kind: 'running', progress });
  expect(stateOf({ status: 'success', result: { ok: true } })).toMatchObject({
    kind: 'succeeded',
    result: { ok: true },
  });
});

it('has the last failure as the error of a failed job', () => {
  const state = stateOf({ status: 'failed', errors: [busy, wrong] });
  expect(state).toMatchObject({
    kind: 'failed',
    errors: [busy, wrong],
    error: { code: 'SPOOKY_CLIENT_JOB_FAILED', reason: 'http_422', message: expect.stringContaining(wrong.reason) },
  });
});

it('has an error also if a failed job has none', () => {
  expect(stateOf({ status: 'failed' })).toMatchObject({
    error: { code: 'SPOOKY_CLIENT_JOB_FAILED', reason: undefined },
  });
});

it('waits when its owner has asked for a retry', () => {
  expect(stateOf({ status: 'failed', request: 'retry' }).kind).toBe('waiting');
  expect(stateOf({ status: 'failed', request: 'cancel' }).kind).toBe('failed');
});

it('is missing without a row, and if the job is of another route', () => {
  const error = { code: 'SPOOKY_CLIENT_JOB_MISSING' };
  expect(jobStateOf(id, readyOf(null), undefined)).toMatchObject({ kind: 'missing', error });
  expect(jobStateOf(id, readyOf(row), '/other')).toMatchObject({ kind: 'missing', row: undefined, error });
  expect(jobStateOf(id, readyOf(row), '/go').kind).toBe('waiting');
});

it('keeps what was read last while the connection is lost or the job cannot be read', () => {
  expect(jobStateOf(id, { kind: 'stale', data: row, error: undefined }, undefined)).toMatchObject({
    kind: 'waiting',
    row,
  });
  const error = new ClientError('SPOOKY_CLIENT_LIMIT', 'x');
  expect(jobStateOf(id, { kind: 'failed', data: row, error }, undefined)).toEqual({ kind: 'unreadable', row, error });
  expect(jobStateOf(id, { kind: 'failed', data: undefined, error }, undefined)).toMatchObject({ row: undefined });
});
