import { expect, test } from 'vitest';
import { family, histograms } from './exposition.ts';
import { createHistogram, observe } from './histogram.ts';

test('writes a counter as a header and a line for each sample, with escaped labels', () => {
  const text = family('counter', 'jobs_total', 'Jobs\nof all.', [
    [{ route: '/a"b\\c\nd' }, 3],
    [{}, 0.5],
  ]);
  expect(text).toBe(
    '# HELP jobs_total Jobs\\nof all.\n# TYPE jobs_total counter\njobs_total{route="/a\\"b\\\\c\\nd"} 3\njobs_total 0.5\n',
  );
});

test('omits a family without samples', () => {
  expect(family('gauge', 'x', 'X.', [])).toBe('');
  expect(histograms('x', 'X.', [])).toBe('');
});

test('accumulates the buckets of a histogram, and counts a value on a bound in its bucket', () => {
  const histogram = createHistogram([0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 7]) observe(histogram, seconds);
  expect(histograms('wait', 'Wait.', [[{ route: '/a' }, histogram]])).toBe(
    [
      '# HELP wait Wait.',
      '# TYPE wait histogram',
      'wait_bucket{route="/a",le="0.1"} 2',
      'wait_bucket{route="/a",le="1"} 3',
      'wait_bucket{route="/a",le="+Inf"} 4',
      'wait_sum{route="/a"} 7.65',
      'wait_count{route="/a"} 4',
      '',
    ].join('\n'),
  );
});
