import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff, retryAfter } from './backoff.ts';

const policy = { baseMs: 1000, capMs: 300_000 };
const strategy = fc.constantFrom('linear' as const, 'exponential' as const);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  test('grows by the strategy, before jitter', () => {
    expect([1, 2, 3, 4].map((retry) => backoff('linear', retry, policy, 1))).toEqual([1000, 2000, 3000, 4000]);
    expect([1, 2, 3, 4].map((retry) => backoff('exponential', retry, policy, 1))).toEqual([1000, 2000, 4000, 8000]);
  });

  test('stays between 0 and the cap for any retry and any random number', () => {
    fc.assert(
      fc.property(strategy, fc.integer({ min: 1, max: 2000 }), random, (kind, retry, chance) => {
        const delay = backoff(kind, retry, policy, chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(policy.capMs);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  test('never shrinks from one retry to the next, for the same random number', () => {
    fc.assert(
      fc.property(strategy, fc.integer({ min: 1, max: 100 }), random, (kind, retry, chance) => {
        expect(backoff(kind, retry + 1, policy, chance)).toBeGreaterThanOrEqual(backoff(kind, retry, policy, chance));
      }),
    );
  });
});

describe('retryAfter', () => {
  const now = new Date('2026-01-01T00:00:00Z');

  test('reads seconds and dates', () => {
    expect(retryAfter('120', now)).toBe(120_000);
    expect(retryAfter(' 0 ', now)).toBe(0);
    expect(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000);
    expect(retryAfter('Wed, 31 Dec 2025 23:59:00 GMT', now)).toBe(0);
  });

  test.each([undefined, '', '-1', '1.5', 'soon', '99999999999', '2026-01-02'])('ignores %j', (header) => {
    expect(retryAfter(header, now)).toBeUndefined();
  });

  test('never throws and never asks for a negative delay', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(retryAfter(header, now) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
