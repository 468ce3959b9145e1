import { describe, expect, it, vi } from 'vitest';
import { ledgerAt } from './ledger.ts';
import { readQuickly } from './read-changes.ts';

describe('a reading without a transaction', () => {
  it.each([
    [128, 1],
    [129, 0],
  ])('is made only while few entries wait to be moved: %i', async (count, readings) => {
    const query = vi.fn(async () => Promise.reject(new Error('not readable')));
    const seen = new Map(Array.from({ length: count }, (_, key) => [String(key), 0]));
    const ledger = { ...ledgerAt(undefined), seen };
    expect(await readQuickly({ query, queryAll: query }, 'one', ledger, 0, false, () => undefined)).toBeUndefined();
    expect(query).toHaveBeenCalledTimes(readings);
  });
});
