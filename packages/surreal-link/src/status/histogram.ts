/** Counts durations by upper bound, as Prometheus expects. */
export interface Histogram {
  /** Upper bounds in seconds, ascending. There is one more count, for longer durations. */
  readonly bounds: readonly number[];
  /** One count for each bound and one for longer durations; not cumulative. */
  readonly counts: Float64Array;
  sum: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 };
}

export function observe(histogram: Histogram, seconds: number): void {
  const { bounds, counts } = histogram;
  let index = 0;
  while (index < bounds.length && seconds > (bounds[index] ?? 0)) index += 1;
  counts[index] = (counts[index] ?? 0) + 1;
  histogram.sum += seconds;
}
