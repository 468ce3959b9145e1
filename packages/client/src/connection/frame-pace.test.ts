import { FRAME_MAX_BYTES, FRAMES_BURST, FRAMES_PER_SECOND, frameCost } from '@spookify/gateway/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FramePace } from './frame-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const sent: string[] = [];
  const pace = new FramePace((text) => sent.push(text));
  return { pace, sent, cost: () => sent.reduce((sum, text) => sum + frameCost(Buffer.byteLength(text)), 0) };
}

describe('frames', () => {
  it('have the same weight as in the gateway', () => {
    expect([0, 1, 4_096, 4_097, FRAME_MAX_BYTES].map(frameCost)).toEqual([1, 1, 1, 2, 64]);
  });

  it('of any size are sent in order, within the rate of the gateway', () => {
    const { pace, sent, cost } = start();
    // Two bytes per character.
    const texts = Array.from({ length: 40 }, (_, n) => 'é'.repeat(n % 3 === 0 ? FRAME_MAX_BYTES / 2 : n));
    for (const text of texts) pace.push(text);
    let before = cost();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThanOrEqual(FRAMES_BURST);
    for (let second = 0; sent.length < texts.length; second += 1) {
      expect(second).toBeLessThan(20);
      vi.advanceTimersByTime(1_000);
      // The rate may have accumulated for one large frame.
      expect(cost() - before).toBeLessThanOrEqual(FRAMES_PER_SECOND + frameCost(FRAME_MAX_BYTES));
      before = cost();
    }
    expect(sent).toEqual(texts);
  });

  it('with priority do not wait behind large ones', () => {
    const { pace, sent } = start();
    for (let n = 0; n < 10; n += 1) pace.push('x'.repeat(FRAME_MAX_BYTES));
    pace.pushFirst('ping');
    expect(sent.at(-1)).toBe('ping');
  });

  it('are discarded after the end', () => {
    const { pace, sent } = start();
    for (let n = 0; n < 10; n += 1) pace.push('x'.repeat(FRAME_MAX_BYTES));
    const { length } = sent;
    pace.stop();
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(length);
  });
});
