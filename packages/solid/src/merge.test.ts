import fc from 'fast-check';
import { createEffect, createRoot } from 'solid-js';
import { createStore, produce } from 'solid-js/store';
import { expect, it } from 'vitest';
import { copy } from './copy.ts';
import { merge } from './merge.ts';

const rows = fc.letrec<{ row: object; value: unknown }>((tie) => ({
  row: fc.record(
    {
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      n: fc.constantFrom(1, 2),
      tags: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
      more: tie('value'),
    },
    { requiredKeys: ['id'] },
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, undefined, 1, 'x'),
    tie('row'),
    fc.uniqueArray(tie('row'), { maxLength: 4, selector: (row) => (row as { id: string }).id }),
  ),
})).value;

it('changes one result into the next without changing either argument', () => {
  fc.assert(
    fc.property(fc.array(rows, { minLength: 2, maxLength: 5 }), (results) => {
      const untouched = structuredClone(results);
      const [store, setStore] = createStore<{ data: unknown }>({ data: copy(results[0]) });
      for (const [at, next] of results.entries()) {
        if (at === 0) continue;
        setStore(produce((draft) => merge(draft, 'data', results[at - 1], next)));
        expect(store.data).toEqual(next);
      }
      expect(results).toEqual(untouched);
    }),
    { numRuns: 500 },
  );
});

it('keeps rows that stay, wherever they move, and renders only what has changed', () => {
  const row = (id: string, title: string, jobs: object[] = []) => ({ id, title, jobs });
  const before = [row('a', 'one', [{ id: 'j', status: 'pending' }]), row('b', 'two')];
  const [store, setStore] = createStore<{ data: typeof before }>({ data: copy(before) as typeof before });
  const [a, b] = store.data;
  const rendered: string[] = [];
  createRoot(() => {
    createEffect(() => rendered.push(`title of a: ${a?.title}`));
    createEffect(() => rendered.push(`title of b: ${b?.title}`));
    createEffect(() => rendered.push(`jobs of a: ${a?.jobs.length}`));
  });
  rendered.length = 0;
  const after = [row('c', 'new'), before[1] ?? row('', ''), row('a', 'one', [{ id: 'j', status: 'success' }])];
  setStore(produce((draft) => merge(draft, 'data', before, after)));
  expect(store.data[1]).toBe(b);
  expect(store.data[2]).toBe(a);
  expect(a?.jobs).toEqual([{ id: 'j', status: 'success' }]);
  expect(rendered).toEqual([]);
});
