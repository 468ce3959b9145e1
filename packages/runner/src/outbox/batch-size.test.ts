import { expect, test } from 'vitest';
import { createBatchSize } from './batch-size.ts';

test('starts at the limit, and never exceeds it', () => {
  const size = createBatchSize(250);
  size.written(250, 10);
  expect(size.current).toBe(250);
});

test('halves when a batch takes too long or is not answered', () => {
  const size = createBatchSize(250);
  size.written(250, 5_001);
  expect(size.current).toBe(125);
  size.unanswered(125);
  expect(size.current).toBe(63);
});

test('halves once for two batches of the same size that end together', () => {
  const size = createBatchSize(250);
  size.unanswered(250);
  size.unanswered(250);
  expect(size.current).toBe(125);
});

test('does not go below one row', () => {
  const size = createBatchSize(4);
  for (let n = 0; n < 5; n += 1) size.unanswered(size.current);
  expect(size.current).toBe(1);
});

test('doubles with each full batch that is written in time, not with smaller ones', () => {
  const size = createBatchSize(250);
  size.unanswered(16);
  size.written(7, 10);
  expect(size.current).toBe(8);
  for (const expected of [16, 32, 64, 128, 250]) {
    size.written(size.current, 10);
    expect(size.current).toBe(expected);
  }
});
