import { describe, expect, it, vi } from 'vitest';
import { groupedLookup } from './grouped-lookup.ts';

/** A lookup in ten numbers, whose queries the test answers. */
function start() {
  const queries: { readonly keys: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const find = groupedLookup<number, number>(
    (keys) =>
      new Promise((resolve, reject) => {
        queries.push({ keys, answer: () => resolve(keys.filter((key) => key < 10)), fail: reject });
      }),
    String,
  );
  return { find, queries };
}

describe('a grouped lookup', () => {
  it('asks at once, and once for everything that came in the meantime', async () => {
    const { find, queries } = start();
    const [first, ...later] = [1, 2, 12, 3].map((key) => find(key));
    expect(queries.map(({ keys }) => keys)).toEqual([[1]]);
    queries[0]?.answer();
    expect(await first).toBe(1);
    await vi.waitFor(() => expect(queries).toHaveLength(2));
    expect(queries[1]?.keys).toEqual([2, 12, 3]);
    queries[1]?.answer();
    expect(await Promise.all(later)).toEqual([2, undefined, 3]);
  });

  it('never has two queries under way, and limits each', async () => {
    const { find, queries } = start();
    const found = Promise.all(Array.from({ length: 1_201 }, () => find(5)));
    for (const [index, size] of [1, 500, 500, 200].entries()) {
      await vi.waitFor(() => expect(queries).toHaveLength(index + 1));
      expect(queries[index]?.keys).toHaveLength(size);
      queries[index]?.answer();
    }
    expect(new Set(await found)).toEqual(new Set([5]));
  });

  it('fails for those whose query failed, and continues', async () => {
    const { find, queries } = start();
    const [first, second] = [find(1), find(2)];
    queries[0]?.fail(new Error('the database is away'));
    await expect(first).rejects.toThrow('away');
    await vi.waitFor(() => expect(queries).toHaveLength(2));
    queries[1]?.answer();
    expect(await second).toBe(2);
    const third = find(3);
    await vi.waitFor(() => expect(queries).toHaveLength(3));
    queries[2]?.answer();
    expect(await third).toBe(3);
  });
});
