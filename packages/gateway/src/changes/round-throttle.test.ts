import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoundThrottle } from './round-throttle.ts';

const LIMITS = { roundShare: 0.25, burstMs: 100, pauseMaxMs: 1_000 };

describe('a pause after a round', () => {
  it('is zero while rounds take less than their share and the burst', () => {
    const throttle = createRoundThrottle(LIMITS);
    for (let at = 0; at < 10_000; at += 100) expect(throttle.pauseMs(at, 25)).toBe(0);
    expect(throttle.pauseMs(20_000, 100)).toBe(0);
  });

  it('makes up for a burst, and then for each round', () => {
    const throttle = createRoundThrottle(LIMITS);
    expect(throttle.pauseMs(100, 100)).toBe(0);
    // In 100 ms, 25 ms become available again.
    expect(throttle.pauseMs(200, 100)).toBeCloseTo(300);
    expect(throttle.pauseMs(510, 10)).toBeCloseTo(30);
    expect(throttle.pauseMs(550, 10)).toBeCloseTo(30);
  });

  it('does not count the time that a round waited for others', () => {
    const throttle = createRoundThrottle(LIMITS);
    expect(throttle.pauseMs(100, 100)).toBe(0);
    for (let now = 200; now < 5_000; now += 100) expect(throttle.pauseMs(now, 20)).toBe(0);
  });

  it('never exceeds its limit, however long a round took', () => {
    const throttle = createRoundThrottle(LIMITS);
    expect(throttle.pauseMs(60_000, 60_000)).toBe(1_000);
    expect(throttle.pauseMs(61_010, 10)).toBeCloseTo(30);
  });

  it('limits rounds to their share and the burst in any period, for any sequence of rounds', () => {
    const turn = fc.record({ took: fc.integer({ min: 1, max: 200 }), idle: fc.integer({ min: 0, max: 500 }) });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 50 }), (turns) => {
        const throttle = createRoundThrottle(LIMITS);
        let now = 0;
        let inRounds = 0;
        for (const { took, idle } of turns) {
          now += took;
          const waited = throttle.pauseMs(now, took);
          inRounds += took;
          now += waited + idle;
          expect(inRounds * (1 - LIMITS.roundShare)).toBeLessThanOrEqual((now - inRounds) * 0.25 + 100 + 1e-6);
        }
      }),
    );
  });
});
