import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration } from './duration.ts';
import { type JobFacts, type JobRunner, whyOf } from './why.ts';

const job: JobFacts = { status: 'pending', retries: 0, maxRetries: 3, dueInMs: -1000, running: 0, ahead: 0 };
const owner: JobRunner = { id: 'a:1', life: 'alive' };
const lastError = { code: 'http_503', reason: 'The backend answered with status 503.' };

describe('whyOf', () => {
  it.each<[Partial<JobFacts>, string, string]>([
    [{ dueInMs: 90_000 }, 'due_later', 'It is due in 1 min 30 s.'],
    [{ dueInMs: 7200_000, retries: 2, lastError }, 'backoff', 'Retry 2 of 3 after http_503: it is due in 2 h.'],
    [
      { owner },
      'queued',
      'It has been due for 1 s. It is the next job of its partition. Running jobs of its table: 0.',
    ],
    [
      { owner, dueInMs: -60_000, running: 16, ahead: 7 },
      'queued',
      'It has been due for 1 min. Jobs of its partition that are due before it: 7. Running jobs of its table: 16. Runner a:1 owns its partition, and is alive.',
    ],
    [{ dueInMs: -60_000 }, 'no_owner', 'No runner owns its partition; start one with spooky runner.'],
    [{ owner: { ...owner, life: 'gone' } }, 'owner_gone', 'Runner a:1 owns its partition, but is gone. Another runner'],
    [
      { owner: { ...owner, life: 'silent' } },
      'owner_gone',
      'Runner a:1 owns its partition, but gives no sign of life.',
    ],
    [{ status: 'processing', runner: owner }, 'running', 'Runner a:1 is running it, and is alive.'],
    [
      { status: 'processing', runner: { id: 'b', life: 'gone' }, owner },
      'runner_gone',
      'Runner b was running it, and is gone. The owner of its partition makes it due again.',
    ],
    [{ status: 'processing' }, 'runner_gone', 'Its row names no runner'],
    [
      { request: 'cancel' },
      'cancel_requested',
      'no runner has acted on that yet. No runner owns its partition; start one',
    ],
    [{ status: 'processing', request: 'cancel', owner }, 'cancel_requested', 'Runner a:1 owns its partition, and is'],
    [
      { status: 'failed', request: 'retry', owner },
      'retry_requested',
      'no runner has acted on that yet. Runner a:1 owns',
    ],
    [{ status: 'failed', lastError }, 'failed', '1 s ago, http_503: The backend answered with status 503.'],
    [{ status: 'success' }, 'succeeded', 'It ended 1 s ago.'],
    [{ status: 'paused' }, 'unknown_status', 'repair the row'],
  ])('explains %j as %s', (facts, code, text) => {
    expect(whyOf({ ...job, ...facts })).toEqual({ code, text: expect.stringContaining(text) });
  });
});

it('formats durations with one or two units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
      const text = formatDuration(ms);
      expect(text).toMatch(/^(\d+ (d|h|min|s))( \d+ (h|min|s))?$/);
    }),
  );
  expect(formatDuration(86_400_000 + 5 * 60_000)).toBe('1 d');
});
