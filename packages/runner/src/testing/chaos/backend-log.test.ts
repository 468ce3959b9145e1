import { expect, it } from 'vitest';
import { type Line, readCalls } from './backend-log.ts';

it('reports how long each call lasted, even if its backend was killed', () => {
  const call = (life: string, number: number, at: number): Line => {
    return { kind: 'call', life, call: number, job: `job:${life}${number}`, key: 'k', attempt: 1, process: 'r1.1', at };
  };
  const lines: Line[] = [
    { kind: 'born', life: 'x', at: 0 },
    call('x', 1, 10),
    call('x', 2, 20),
    { kind: 'effect', job: 'job:x1', key: 'k', at: 25 },
    { kind: 'end', life: 'x', call: 1, how: '200', at: 30 },
    { kind: 'born', life: 'y', at: 100 },
    call('y', 1, 110),
    { kind: 'end', life: 'y', call: 1, how: 'cut', at: 130 },
    call('y', 2, 140),
  ];
  const { calls, effects } = readCalls(lines);
  expect(calls.map(({ job, from, until }) => [job, from, until])).toEqual([
    ['job:x1', 10, 30],
    ['job:x2', 20, 100],
    ['job:y1', 110, 130],
    ['job:y2', 140, Number.POSITIVE_INFINITY],
  ]);
  expect(effects).toEqual([{ job: 'job:x1', key: 'k' }]);
});
