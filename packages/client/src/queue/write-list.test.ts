import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PendingWrite } from './pending-write.ts';
import { WriteList } from './write-list.ts';

const RECORDS = ['thread:a', 'thread:b', 'comment:c'];

function write(key: string, order: number, touches: readonly string[]): PendingWrite {
  const [record = 'thread:a'] = touches;
  return {
    key,
    order,
    user: 'user:ada',
    write: { kind: 'delete', id: { $r: ['thread', 'a'] } },
    guess: {},
    record,
    touches,
    madeAt: 0,
    version: 1,
    state: { kind: 'waiting' },
  };
}

/** The order of a key that is not stored yet is Infinity, and then its final one. */
const step = fc.record({
  key: fc.integer({ min: 0, max: 6 }),
  isStored: fc.boolean(),
  touches: fc.uniqueArray(fc.constantFrom(...RECORDS), { minLength: 1 }),
  isRemoved: fc.boolean(),
});

it('has its writes in their order and by record, whatever the order in which they arrive', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const list = new WriteList();
      let expected: PendingWrite[] = [];
      for (const { key, isStored, touches, isRemoved } of steps) {
        const known = expected.find((one) => one.key === `${key}`);
        if (isRemoved) {
          expect(list.delete(`${key}`)).toBe(known !== undefined);
          expected = expected.filter((one) => one !== known);
        } else {
          const next = write(`${key}`, isStored ? key : Number.POSITIVE_INFINITY, touches);
          list.set(next);
          if (known === undefined) expected.push(next);
          else expected[expected.indexOf(known)] = next;
        }
        const sorted = expected.toSorted((one, other) => (one.order === other.order ? 0 : one.order - other.order));
        const finite = (writes: Iterable<PendingWrite>) => [...writes].filter(({ order }) => Number.isFinite(order));
        expect(finite(list)).toEqual(finite(sorted));
        expect(new Set(list)).toEqual(new Set(expected));
        expect([...list].at(-1)?.order).toBe(sorted.at(-1)?.order);
        expect(list.list).toBe(list.list);
        for (const record of RECORDS) {
          const touching = sorted.filter((one) => one.touches.includes(record));
          expect(finite(list.touching(record))).toEqual(finite(touching));
          expect(list.touches(record)).toBe(touching.length > 0);
        }
      }
    }),
  );
});
