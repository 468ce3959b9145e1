import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRest } from './rest.ts';

const LIMITS = { roundShare: 0.25, burstMs: 100, restMaxMs: 1_000 };

describe('a pause after a round', () => {
  it('is zero while rounds take less than their share and the burst', () => {
    const rest = createRest(LIMITS);
    for (let at = 0; at < 10_000; at += 100) expect(rest.after(at, 25)).toBe(0);
    expect(rest.after(20_000, 100)).toBe(0);
  });

  it('makes up for a burst, and then for each round', () => {
    const rest = createRest(LIMITS);
    expect(rest.after(100, 100)).toBe(0);
    // In 100 ms, 25 ms become available again.
    expect(rest.after(200, 100)).toBeCloseTo(300);
    expect(rest.after(510, 10)).toBeCloseTo(30);
    expect(rest.after(550, 10)).toBeCloseTo(30);
  });

  it('does not count the time that a round waited for others', () => {
    const rest = createRest(LIMITS);
    expect(rest.after(100, 100)).toBe(0);
    for (let now = 200; now < 5_000; now += 100) expect(rest.after(now, 20)).toBe(0);
  });

  it('never exceeds its limit, however long a round took', () => {
    const rest = createRest(LIMITS);
    expect(rest.after(60_000, 60_000)).toBe(1_000);
    expect(rest.after(61_010, 10)).toBeCloseTo(30);
  });

  it('limits rounds to their share and the burst in any period, for any sequence of rounds', () => {
    const turn = fc.record({ took: fc.integer({ min: 1, max: 200 }), idle: fc.integer({ min: 0, max: 500 }) });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 50 }), (turns) => {
        const rest = createRest(LIMITS);
        let now = 0;
        let inRounds = 0;
        for (const { took, idle } of turns) {
          now += took;
          const waited = rest.after(now, took);
          inRounds += took;
          now += waited + idle;
          expect(inRounds * (1 - LIMITS.roundShare)).toBeLessThanOrEqual((now - inRounds) * 0.25 + 100 + 1e-6);
        }
      }),
    );
  });
});
