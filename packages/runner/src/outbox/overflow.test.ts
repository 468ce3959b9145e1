import { describe, expect, it } from 'vitest';
import { createOverflow } from './overflow.ts';

const at = (ms: number): Date => new Date(ms);
const span = (from: number, to = from) => ({ from: at(from), to: at(to) });

describe('createLeftBehind', () => {
  it('keeps one span for each queue and partition, from the first to the last', () => {
    const left = createOverflow();
    for (const ms of [5, 3, 9]) left.add('ada', 0, span(ms));
    left.add('ada', 1, span(7));
    expect(left.size).toBe(1);
    expect(left.partitions).toEqual(new Set([0, 1]));
    expect(left.next(1, () => 0)).toEqual([{ queue: 'ada', partition: 0, span: span(3, 9) }]);
  });

  it('chooses empty queues first, then those less than half full', () => {
    const left = createOverflow();
    for (const queue of ['full', 'low', 'empty']) left.add(queue, 0, span(1));
    const shares: Record<string, number> = { full: 0.5, low: 0.49, empty: 0 };
    const filled = (queue: string): number => shares[queue] ?? 1;
    expect(left.next(4, filled).map(({ queue }) => queue)).toEqual(['empty', 'low']);
  });

  it('gives every queue its turn, however many there are', () => {
    const left = createOverflow();
    const names = Array.from({ length: 5_000 }, (_, n) => `owner ${n}`);
    for (const name of names) left.add(name, 0, span(1));
    const filled = (queue: string): number => (queue === 'owner 4999' ? 0 : 0.4);
    const looks = [1, 2, 3, 4, 5].map(() => left.next(1, filled).map(({ queue }) => queue));
    expect(looks.flat()).toContain('owner 4999');
    const turns = Array.from({ length: 1_250 }, () => left.next(4, () => 0).map(({ queue }) => queue)).flat();
    expect(new Set(turns).size).toBe(5_000);
  });

  it('forgets a partition that was given up', () => {
    const left = createOverflow();
    left.add('ada', 0, span(1));
    left.add('ada', 1, span(1));
    left.add('bea', 0, span(1));
    left.removePartition(0);
    expect(left.size).toBe(1);
    expect(left.has('ada', 1)).toBe(true);
    left.remove('ada', 1);
    expect(left.size).toBe(0);
  });
});
