import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divide, type PartitionOwner } from './division.ts';

/** Partitions in the order of their numbers: `'a'` is owned by a, `'.'` is free. */
function partitionsOf(owners: string): PartitionOwner[] {
  return [...owners].map((owner, number) => ({ number, owner: owner === '.' ? undefined : owner }));
}

describe('divide', () => {
  it.each<[string, string, string, string, { take: number[]; give: number | undefined }]>([
    ['gives everything to the only runner', 'a', 'a', '........', { take: [0, 1, 2, 3, 4, 5, 6, 7], give: undefined }],
    [
      'lets two runners take half each, from different ends',
      'b',
      'ab',
      '........',
      { take: [4, 5, 6, 7], give: undefined },
    ],
    ['makes a full runner give one to a new one', 'a', 'ab', 'aaaaaaaa', { take: [], give: 7 }],
    ['makes the new runner wait', 'b', 'ab', 'aaaaaaaa', { take: [], give: undefined }],
    ['lets the new runner take what was given', 'b', 'ab', 'aaaaaaa.', { take: [7], give: undefined }],
    ['does not let the giver take it back', 'a', 'ab', 'aaaaaaa.', { take: [], give: 6 }],
    ['keeps equal shares', 'a', 'ab', 'aaaabbbb', { take: [], give: undefined }],
    ['keeps nearly equal shares', 'b', 'abc', 'aaabbbcc', { take: [], give: undefined }],
    ['leaves a free partition to the runner that lacks it', 'a', 'abc', 'aaabbb.c', { take: [], give: undefined }],
    ['makes one of two possible givers give', 'a', 'abcd', 'aaabbbcc', { take: [], give: 2 }],
    ['makes the other one give too if two are missing', 'b', 'abcd', 'aaabbbcc', { take: [], give: 5 }],
    ['makes only one give if one is missing', 'b', 'abcd', 'aaabbccd', { take: [], give: undefined }],
    [
      'gives everything of a dead runner to the survivor',
      'a',
      'a',
      'aaaa....',
      { take: [4, 5, 6, 7], give: undefined },
    ],
    ['leaves some runners without partitions if there are too few', 'c', 'abc', 'ab', { take: [], give: undefined }],
    ['lets one of these take over', 'c', 'bc', '.b', { take: [0], give: undefined }],
    ['does nothing for a table without partitions', 'a', 'ab', '', { take: [], give: undefined }],
    ['does not count partitions of a stopping runner as free', 'a', 'ab', 'aaasssbb', { take: [], give: undefined }],
  ])('%s', (_, me, runners, owners, expected) => {
    expect(divide(me, [...runners], partitionsOf(owners))).toEqual(expected);
  });

  it('reaches fair shares from any start, and then stays stable, in any order of actions', () => {
    const start = fc.record({
      runners: fc.integer({ min: 1, max: 10 }),
      owners: fc.array(fc.integer({ min: -1, max: 10 }), { minLength: 1, maxLength: 16 }),
      // Which runner acts, and whether it sees the state of one step ago.
      turns: fc.infiniteStream(fc.record({ who: fc.nat(), stale: fc.boolean() })),
    });
    fc.assert(
      fc.property(start, ({ runners: count, owners, turns }) => {
        const runners = Array.from({ length: count }, (_, index) => `r${index}`);
        let now: PartitionOwner[] = owners.map((owner, number) => ({ number, owner: runners[owner] }));
        let before = now;
        let quiet = 0;
        let steps = 0;
        for (const { who, stale } of turns) {
          const me = runners[who % count] ?? '';
          const own = now.filter(({ owner }) => owner === me).map(({ number }) => number);
          // It always knows its own partitions.
          const seen = stale ? before.map((partition) => merge(partition, me, own)) : now;
          const { take, give } = divide(me, runners, seen);
          before = now;
          now = now.map((partition) => {
            if (take.includes(partition.number) && partition.owner === undefined) return { ...partition, owner: me };
            return partition.number === give ? { ...partition, owner: undefined } : partition;
          });
          const isAtRest = runners.every((runner) => {
            const { take, give } = divide(runner, runners, now);
            return take.length === 0 && give === undefined;
          });
          quiet = isAtRest ? quiet + 1 : 0;
          steps += 1;
          if (quiet > 0) break;
          expect(steps).toBeLessThan(100 * count);
        }
        const shares = runners.map((runner) => now.filter(({ owner }) => owner === runner).length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(now.length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

/** A partition of an earlier moment, with what `me` owns now. */
function merge(partition: PartitionOwner, me: string, own: readonly number[]): PartitionOwner {
  if (own.includes(partition.number)) return { ...partition, owner: me };
  return partition.owner === me ? { ...partition, owner: undefined } : partition;
}
