import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/** A view of threads (node 0) with their jobs (node 1). */
function digest(threads: readonly string[], jobs: Lists, hashes: Readonly<Record<string, string>> = {}): string {
  const hashOf = (key: string): string => hashes[key] ?? `hash of ${key}`;
  return digestOf([
    { parent: -1, lists: new Map([['', threads]]), hashOf },
    { parent: 0, lists: new Map(Object.entries(jobs)), hashOf },
  ]);
}

describe('digestOf', () => {
  it('returns the same text in every version of gateway and client', () => {
    expect(digest(['t:1', 't:2'], { 't:1': ['j:1'], 't:2': ['j:2', 'j:3'] })).toMatchInlineSnapshot(
      `"ab8797c68e66116ab58ddc9d7d5e3f31"`,
    );
    expect(digestOf([])).toMatchInlineSnapshot(`"bcfdd6c76ebe0f8227a5d96f13319306"`);
  });

  it('ignores the order of maps, empty lists, and what is not reachable', () => {
    const expected = digest(['a', 'b'], { a: ['x'], b: ['y'] });
    expect(digest(['a', 'b'], { b: ['y'], a: ['x'] })).toBe(expected);
    expect(digest(['a', 'b'], { gone: ['z'], b: ['y'], a: ['x'] })).toBe(expected);
    expect(digest(['a', 'b', 'c'], { a: ['x'], b: ['y'], c: [] })).toBe(
      digest(['a', 'b', 'c'], { a: ['x'], b: ['y'] }),
    );
  });

  it('depends on the order of rows, their positions and their hashes', () => {
    const digests = [
      digest(['a', 'b'], { a: ['x', 'y'] }),
      digest(['b', 'a'], { a: ['x', 'y'] }),
      digest(['a', 'b'], { a: ['y', 'x'] }),
      digest(['a', 'b'], { b: ['x', 'y'] }),
      digest(['a', 'b'], { a: ['x'], b: ['y'] }),
      digest(['a', 'b'], { a: ['xy'] }),
      digest(['a', 'b'], { a: ['x', 'y'] }, { x: 'another' }),
      digest(['a'], { a: ['x', 'y'] }),
      digest([], {}),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('differs for different lists', () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(keys, keys, (left, right) => {
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        expect(digest(left, {}) === digest(right, {})).toBe(isSame);
      }),
    );
  });
});
