import { describe, expect, it } from 'vitest';
import { judgeMemory } from './memory.ts';

const MEBIBYTE = 1024 * 1024;
const every = (mebibytes: (index: number) => number): number[] =>
  Array.from({ length: 90 }, (_, index) => mebibytes(index) * MEBIBYTE);

describe('the memory verdict', () => {
  it('is flat despite growth during the warm-up and bursts', () => {
    expect(judgeMemory(every((index) => (index < 30 ? index * 15 : 500))).flat).toBe(true);
    expect(judgeMemory(every((index) => (index % 3 === 0 ? 900 : 500))).flat).toBe(true);
  });

  it('is not flat when memory grows slowly', () => {
    expect(judgeMemory(every((index) => 200 + index * 2)).flat).toBe(false);
    expect(judgeMemory(every((index) => 500 + index * 2)).flat).toBe(false);
  });
});
