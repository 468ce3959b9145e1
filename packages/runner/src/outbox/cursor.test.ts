import fc from 'fast-check';
import { DateTime } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { advance, cursorAt, HEAD } from './cursor.ts';

const NOW = new Date('2030-06-15T12:00:00.500Z');
const LIMIT = 3;
const at = (ms: number): Date => new Date(NOW.getTime() + ms);

describe('cursorAt', () => {
  it.each([
    ['2030-06-15T12:00:00.000Z', '2030-06-15T12:00:00.000000001Z'],
    ['2030-06-15T12:00:00.500Z', '2030-06-15T12:00:00.500000001Z'],
    ['2030-06-15T12:00:59.999Z', '2030-06-15T12:00:59.999000001Z'],
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000000001Z'],
    ['1969-12-31T23:59:59.001Z', '1969-12-31T23:59:59.001000001Z'],
  ])('turns %s into %s, with nine digits', (time, text) => {
    expect(cursorAt(new Date(time)).toISOString()).toBe(text);
  });

  it("is before every later millisecond in the engine's order: as text with 0, 3, 6 or 9 digits", () => {
    const time = fc.integer({ min: 0, max: 10_000 }).map((ms) => new Date(NOW.getTime() + ms));
    const later = fc.record({ ms: fc.integer({ min: 1, max: 5_000 }), ns: fc.constantFrom(0, 1_000, 999_999, 5) });
    fc.assert(
      fc.property(time, later, (from, { ms, ns }) => {
        const other = from.getTime() + ms;
        const seconds = BigInt(Math.floor(other / 1_000));
        const due = new DateTime([seconds, BigInt((other % 1_000) * 1_000_000 + ns)]);
        expect(cursorAt(from).toISOString() < due.toISOString()).toBe(true);
      }),
    );
  });
});

describe('advance', () => {
  it('continues from the last job of a full answer', () => {
    const times = [at(-9_000), at(-8_000), at(-7_000)];
    expect(advance(HEAD, { now: NOW, times, newCount: 3, limit: LIMIT })).toEqual({
      from: cursorAt(at(-7_000)),
      start: 0,
      hasMore: true,
    });
  });

  it.each([
    ['nothing', []],
    ['less than was asked for', [at(-9_000)]],
    ['a job that is not due yet', [at(-9_000), at(-8_000), at(5_000)]],
  ])('ends after %s, and stays behind inserts that may still commit', (_, times) => {
    const next = advance(HEAD, { now: NOW, times, newCount: times.length, limit: LIMIT });
    expect(next).toMatchObject({ start: 0, hasMore: false });
    const behindMs = NOW.getTime() - Number(next.from?.toDate());
    expect(behindMs).toBeGreaterThanOrEqual(100);
    expect(behindMs).toBeLessThanOrEqual(1_000);
  });

  it('does not pass the margin with a full answer of new jobs', () => {
    const end = advance(HEAD, { now: NOW, times: [], newCount: 0, limit: LIMIT });
    const full = advance(HEAD, { now: NOW, times: [at(-3), at(-2), at(-1)], newCount: 3, limit: LIMIT });
    expect(full).toEqual({ from: end.from, start: 0, hasMore: true });
  });

  it('skips known jobs that are all due at one moment', () => {
    const times = [at(-9_000), at(-9_000), at(-9_000)];
    const once = advance(HEAD, { now: NOW, times, newCount: 3, limit: LIMIT });
    const twice = advance(once, { now: NOW, times, newCount: 0, limit: LIMIT });
    expect(twice).toEqual({ ...once, start: LIMIT });
    const thrice = advance(twice, { now: NOW, times, newCount: 0, limit: LIMIT });
    expect(thrice).toEqual({ ...once, start: 2 * LIMIT });
    expect(advance(thrice, { now: NOW, times: [at(-9_000)], newCount: 1, limit: LIMIT })).toMatchObject({
      start: 0,
      hasMore: false,
    });
  });

  it('never goes back while more is due, and never passes the margin', () => {
    const answer = fc.record({
      sinceMs: fc.integer({ min: 0, max: 2_000 }),
      ages: fc.array(fc.integer({ min: -1_000, max: 20_000 }), { maxLength: LIMIT }),
      known: fc.nat(LIMIT),
    });
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 30 }), (answers) => {
        let cursor = HEAD;
        let now = NOW;
        for (const { sinceMs, ages, known } of answers) {
          now = new Date(now.getTime() + sinceMs);
          const from = cursor.from?.toDate().getTime() ?? 0;
          const ms = now.getTime();
          const times = ages.map((age) => new Date(Math.max(from, ms - age))).toSorted((a, b) => Number(a) - Number(b));
          const newCount = Math.max(0, times.length - known);
          const next = advance(cursor, { now, times, newCount, limit: LIMIT });
          expect(Number(next.from?.toDate())).toBeLessThanOrEqual(now.getTime() - 100);
          if (next.hasMore && cursor.from !== null) expect(next.from?.compare(cursor.from)).toBeGreaterThanOrEqual(0);
          cursor = next;
        }
      }),
    );
  });
});
