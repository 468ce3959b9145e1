import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { since } from './span.ts';
import { type JobFacts, whyOf } from './why.ts';

const job: JobFacts = { status: 'pending', retries: 0, maxRetries: 3, dueInMs: -1000, running: 0, ahead: 0 };
const lastError = { code: 'http_503', reason: 'The backend answered with status 503.' };

describe('whyOf', () => {
  it.each<[Partial<JobFacts>, string, string]>([
    [{ dueInMs: 90_000 }, 'due_later', 'It is due in 1 min 30 s.'],
    [{ dueInMs: 7200_000, retries: 2, lastError }, 'backoff', 'Retry 2 of 3 after http_503: it is due in 2 h.'],
    [{}, 'queued', 'It has been due for 1 s. It is the next; 0 run.'],
    [{ dueInMs: -60_000, running: 16, ahead: 7 }, 'queued', 'It has been due for 1 min. 7 are due before it; 16 run.'],
    [{ dueInMs: -60_000 }, 'unclaimed', 'no runner works on its table: start one with spooky runner.'],
    [
      { status: 'processing', runner: 'a:1', leaseMs: 9000, running: 1 },
      'running',
      'runner a:1 works on it; its lease ends in 9 s',
    ],
    [
      { status: 'processing', runner: 'a:1', leaseMs: -9000 },
      'lease_lapsed',
      'runner a:1 held it, but has not renewed its lease for 9 s',
    ],
    [{ status: 'processing' }, 'lease_lapsed', 'a runner held it, but has no lease'],
    [{ request: 'cancel' }, 'cancel_requested', 'is a spooky runner up?'],
    [{ status: 'processing', request: 'cancel', running: 1 }, 'cancel_requested', 'no runner has done so yet.'],
    [{ status: 'failed', request: 'retry', running: 1 }, 'retry_requested', 'no runner has seen that yet.'],
    [{ status: 'failed', lastError }, 'failed', '1 s ago, http_503: The backend answered with status 503.'],
    [{ status: 'success' }, 'succeeded', 'It ended 1 s ago.'],
    [{ status: 'paused' }, 'unknown_status', 'repair the row'],
  ])('%j: %s', (facts, code, text) => {
    expect(whyOf({ ...job, ...facts })).toEqual({ code, text: expect.stringContaining(text) });
  });
});

it('since shows at most two units, and never none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
      const text = since(ms);
      expect(text).toMatch(/^(\d+ (d|h|min|s))( \d+ (h|min|s))?$/);
    }),
  );
  expect(since(86_400_000 + 5 * 60_000)).toBe('1 d');
});
