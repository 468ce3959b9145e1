import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aJob } from '../testing/job.ts';
import type { Answer, Answered } from './answer.ts';
import { type Circumstances, decide, toReason } from './outcome.ts';

const circumstances: Circumstances = {
  backoff: { baseMs: 1000, capMs: 300_000 },
  now: new Date('2026-01-01T00:00:00Z'),
  random: 0.5,
};

function answered(status: number, more: Partial<Answered> = {}): Answer {
  return { kind: 'answered', status, ...more };
}

describe('decide', () => {
  test.each([200, 201, 204, 299])('treats %i as success', (status) => {
    expect(decide(aJob(), answered(status, { json: { a: 1 } }), circumstances)).toEqual({
      kind: 'success',
      result: { a: 1 },
    });
  });

  test.each([400, 401, 403, 404, 405, 410, 418, 422, 451])('treats %i as final', (status) => {
    expect(decide(aJob(), answered(status), circumstances)).toMatchObject({
      kind: 'failed',
      error: { attempt: 1, code: `http_${status}` },
    });
  });

  test.each([408, 409, 425, 429, 500, 502, 503, 504, 599])('retries %i', (status) => {
    expect(decide(aJob(), answered(status), circumstances)).toMatchObject({ kind: 'retry', delayMs: 500 });
  });

  test.each([301, 302, 303, 307, 308])('treats a redirect (%i) as final and says so', (status) => {
    const outcome = decide(aJob(), answered(status), circumstances);
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: `http_${status}` } });
    expect(outcome.kind === 'failed' && outcome.error.reason).toContain('never followed');
  });

  test('fails with the same error after the last retry, or at once without retries', () => {
    const answer = answered(503);
    expect(decide(aJob({ retries: 2 }), answer, circumstances)).toMatchObject({ kind: 'retry', error: { attempt: 3 } });
    expect(decide(aJob({ retries: 3 }), answer, circumstances)).toMatchObject({
      kind: 'failed',
      error: { attempt: 4 },
    });
    expect(decide(aJob({ maxRetries: 0 }), answer, circumstances)).toMatchObject({
      kind: 'failed',
      error: { attempt: 1 },
    });
  });

  test('waits for Retry-After, for a longer backoff, and for at most an hour', () => {
    const delay = (retryAfter: string) => {
      const outcome = decide(aJob(), answered(429, { retryAfter }), circumstances);
      return outcome.kind === 'retry' ? outcome.delayMs : undefined;
    };
    expect(delay('7')).toBe(7000);
    expect(delay('0')).toBe(500);
    expect(delay('Thu, 01 Jan 2026 00:00:09 GMT')).toBe(9000);
    expect(delay('999999')).toBe(3_600_000);
  });

  test('uses the backend’s message as the reason, if there is one', () => {
    const reasonOf = (json: unknown) => {
      const outcome = decide(aJob(), answered(500, { json }), circumstances);
      return outcome.kind === 'retry' ? outcome.error.reason : undefined;
    };
    expect(reasonOf({ message: 'The moon is wrong.' })).toBe('The backend answered 500: The moon is wrong.');
    for (const json of [undefined, null, 'text', 7, [], {}, { message: 7 }, { message: '  ' }]) {
      expect(reasonOf(json)).toBe('The backend answered with status 500.');
    }
  });

  test('uses the title and detail of a problem document as the reason', () => {
    const reasonOf = (json: unknown, problem?: true) => {
      const outcome = decide(aJob(), answered(422, { json, ...(problem && { problem }) }), circumstances);
      return outcome.kind === 'failed' ? outcome.error.reason : undefined;
    };
    const problem = { type: 'about:blank', title: ' Out of ink ', detail: 'Buy some.', status: 422 };
    expect(reasonOf(problem, true)).toBe('The backend answered 422: Out of ink: Buy some.');
    expect(reasonOf({ ...problem, detail: 7 }, true)).toBe('The backend answered 422: Out of ink');
    expect(reasonOf({ detail: 'Buy some.', title: ' ' }, true)).toBe('The backend answered 422: Buy some.');
    expect(reasonOf({ message: 'no' }, true)).toBe('The backend answered 422: no');
    expect(reasonOf({ title: 'x'.repeat(2000), detail: 'Buy some.' }, true)).toMatch(/x{200}: Buy some\.$/);
    for (const json of [{}, [], null, 'text', { title: {} }]) {
      expect(reasonOf(json, true)).toBe('The backend answered with status 422.');
    }
    // In any other answer a title may be part of the content.
    expect(reasonOf(problem)).toBe('The backend answered with status 422.');
  });

  test('maps each cause of an abort to its outcome', () => {
    const abort = (cause: 'cancelled' | 'shutdown' | 'lost') =>
      decide(aJob(), { kind: 'aborted', cause }, circumstances);
    expect(abort('cancelled')).toMatchObject({ kind: 'failed', error: { code: 'cancelled' } });
    expect(abort('shutdown')).toEqual({ kind: 'released' });
    expect(abort('lost')).toEqual({ kind: 'lost' });
  });

  test('fails a refused job at once, and retries an unanswered call', () => {
    const refused: Answer = { kind: 'refused', code: 'path_refused', reason: 'no' };
    const unanswered: Answer = { kind: 'unanswered', code: 'backend_unreachable', reason: 'no' };
    expect(decide(aJob(), refused, circumstances)).toMatchObject({ kind: 'failed', error: { code: 'path_refused' } });
    expect(decide(aJob(), unanswered, circumstances)).toMatchObject({
      kind: 'retry',
      error: { code: 'backend_unreachable' },
    });
  });

  test('never makes more than 1 + max_retries attempts, whatever the backend answers', () => {
    const status = fc.integer({ min: 100, max: 999 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 25 }),
        fc.array(status, { minLength: 30, maxLength: 30 }),
        (maxRetries, all) => {
          let retries = 0;
          for (const status of all) {
            const outcome = decide(aJob({ retries, maxRetries }), answered(status), circumstances);
            if (outcome.kind !== 'retry') break;
            retries += 1;
          }
          expect(retries).toBeLessThanOrEqual(maxRetries);
        },
      ),
    );
  });
});

describe('toReason', () => {
  test('is one well-formed line of at most 1 KiB', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }), (text) => {
        const reason = toReason(text);
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(1024);
        expect(reason.isWellFormed()).toBe(true);
        expect(reason).not.toMatch(/[\p{Cc}]/u);
      }),
    );
  });

  test('keeps what fits and shows where it was cut', () => {
    expect(toReason('a\n b\t')).toBe('a  b');
    expect(toReason('x'.repeat(1024))).toBe('x'.repeat(1024));
    expect(toReason('é'.repeat(2000))).toMatch(/^é+…$/);
  });
});
