import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stopInOrder } from '../terminate/stop-order.ts';
import { type DependencyNode, dependenciesOf, findCycle } from './dependencies.ts';

const KINDS = ['a', 'b', 'c', 'd', 'e'] as const;
const condition = fc.constantFrom('started' as const, 'ready' as const);
/** Kind n depends on some of the kinds before it, so there is no cycle. */
const acyclic = fc
  .tuple(...KINDS.map((_, n) => fc.array(fc.tuple(fc.constantFrom(...KINDS.slice(0, Math.max(1, n))), condition))))
  .map((needs) =>
    KINDS.map<DependencyNode>((kind, n) => ({
      ...{ kind, fulfils: undefined },
      dependsOn: n === 0 ? {} : Object.fromEntries(needs[n] ?? []),
    })),
  );
const shuffled = acyclic.chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

test('finds no cycle if each kind depends only on earlier ones, in any order', () => {
  fc.assert(fc.property(shuffled, (nodes) => void expect(findCycle(nodes)).toBeUndefined()));
});

test('finds and names the cycle that a backward dependency closes', () => {
  fc.assert(
    fc.property(shuffled, fc.constantFrom(...KINDS), (nodes, first) => {
      // All direct and indirect dependencies of `first`; the farthest one now depends on `first`.
      let last = nodes.find(({ kind }) => kind === first);
      for (let next = last; next !== undefined; next = dependenciesOf(next, nodes)[0]) last = next;
      const closed = nodes.map((node) =>
        node === last ? { ...node, dependsOn: { ...node.dependsOn, [first]: 'ready' as const } } : node,
      );
      const circle = findCycle(closed) ?? [];
      expect(circle.length).toBeGreaterThan(1);
      expect(circle[0]).toBe(circle.at(-1));
      for (const [n, kind] of circle.slice(0, -1).entries()) {
        expect(closed.find((node) => node.kind === kind)?.dependsOn).toHaveProperty(circle[n + 1] ?? '');
      }
    }),
  );
});

test('stops everything once, after all of its dependents', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, fc.scheduler(), async (nodes, scheduler) => {
      const over: DependencyNode[] = [];
      const dependentsOf = (node: DependencyNode) => nodes.filter((other) => dependenciesOf(other, [node]).length > 0);
      const stopping = stopInOrder(nodes, dependentsOf, async (node) => {
        expect(dependentsOf(node).every((other) => over.includes(other))).toBe(true);
        await scheduler.schedule(Promise.resolve());
        over.push(node);
      });
      await scheduler.waitFor(stopping);
      expect(new Set(over).size).toBe(nodes.length);
      expect(over).toHaveLength(nodes.length);
    }),
  );
});
