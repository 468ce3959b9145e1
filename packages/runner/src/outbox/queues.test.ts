import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueKey } from './queue-key.ts';
import { createQueues, type Queues, type QueuesOptions } from './queues.ts';

interface Item extends QueueKey {
  readonly name: string;
}

function queuesOf(options: Partial<QueuesOptions> = {}): Queues<Item> {
  return createQueues<Item>({ concurrency: Number.POSITIVE_INFINITY, routes: new Map(), ...options });
}

const item = (owner: string, n: number | string = '', path = '/a'): Item => ({ owner, path, name: `${owner}${n}` });
const items = (owner: string, count: number, path?: string): Item[] =>
  Array.from({ length: count }, (_, n) => item(owner, n, path));

/** Takes all jobs that may run now. */
function takeAll(queues: Queues<Item>): Item[] {
  const taken: Item[] = [];
  for (let next = queues.next(); next !== undefined; next = queues.next()) taken.push(next);
  return taken;
}

const namesOf = (some: readonly Item[]): string[] => some.map(({ name }) => name);

describe('createQueues', () => {
  it('returns the jobs of one owner in order, and counts what waits and runs', () => {
    const queues = queuesOf({ concurrency: 3 });
    for (const one of items('ada', 5)) queues.offer(one);
    expect(queues).toMatchObject({ waiting: 5, running: 0 });
    expect(namesOf(takeAll(queues))).toEqual(['ada0', 'ada1', 'ada2']);
    expect(queues).toMatchObject({ waiting: 2, running: 3 });
    for (const done of items('ada', 3)) queues.done(done);
    expect(namesOf(takeAll(queues))).toEqual(['ada3', 'ada4']);
    expect(queues).toMatchObject({ waiting: 0, running: 2 });
  });

  it('alternates between owners, so that many jobs of one do not delay the first job of another', () => {
    const queues = queuesOf({ concurrency: 2 });
    for (const one of items('ada', 100)) queues.offer(one);
    expect(namesOf(takeAll(queues))).toEqual(['ada0', 'ada1']);
    for (const one of [...items('bea', 2), ...items('cid', 3)]) queues.offer(one);
    const order: string[] = [];
    for (let running = item('ada'); order.length < 8; ) {
      queues.done(running);
      for (const one of takeAll(queues)) {
        order.push(one.name);
        running = one;
      }
    }
    expect(order).toEqual(['ada2', 'bea0', 'cid0', 'ada3', 'bea1', 'cid1', 'ada4', 'cid2']);
  });

  it('keeps a limited route within its limit, without blocking other routes', () => {
    const queues = queuesOf({ concurrency: 10, routes: new Map([['/slow', 2]]) });
    for (const one of [...items('ada', 4, '/slow'), ...items('ada', 2, '/fast')]) queues.offer(one);
    const taken = takeAll(queues);
    expect(taken.filter(({ path }) => path === '/slow')).toHaveLength(2);
    expect(taken.filter(({ path }) => path === '/fast')).toHaveLength(2);
    expect(queues.waiting).toBe(2);
    queues.done(item('ada', 0, '/fast'));
    expect(queues.next()).toBeUndefined();
    queues.done(item('ada', 0, '/slow'));
    expect(queues.next()).toMatchObject({ name: 'ada2', path: '/slow' });
    expect(queues.next()).toBeUndefined();
  });

  it('alternates between routes, even if a limited one could fill every slot', () => {
    const queues = queuesOf({ concurrency: 2, routes: new Map([['/slow', 2]]) });
    for (const one of [...items('ada', 20, '/slow'), ...items('bea', 1, '/fast')]) queues.offer(one);
    expect(takeAll(queues).map(({ path }) => path)).toEqual(['/slow', '/fast']);
  });

  it('keeps an owner within the cap, over all routes', () => {
    const queues = queuesOf({ perOwner: 2, routes: new Map([['/slow', 5]]) });
    for (const one of [...items('ada', 3), ...items('ada', 3, '/slow'), ...items('bea', 1)]) queues.offer(one);
    const taken = takeAll(queues);
    expect(taken.filter(({ owner }) => owner === 'ada')).toHaveLength(2);
    expect(taken.filter(({ owner }) => owner === 'bea')).toHaveLength(1);
    const [first] = taken;
    if (first) queues.done(first);
    expect(queues.next()).toMatchObject({ owner: 'ada' });
    expect(queues.next()).toBeUndefined();
  });

  it('refuses jobs of a full queue, and accepts those of others', () => {
    const queues = queuesOf();
    const taken = items('ada', 3_000).filter((one) => queues.offer(one));
    expect(taken.length).toBeGreaterThanOrEqual(200);
    expect(taken.length).toBeLessThanOrEqual(2_000);
    expect(queues.offer(item('ada', 'more'))).toBe(false);
    expect(queues.filled(queues.queueOf(item('ada')))).toBe(1);
    expect(queues.offer(item('bea'))).toBe(true);
    expect(queues.waiting).toBe(taken.length + 1);
  });

  it('has room for a queue again once less than half of it is left', () => {
    const queues = queuesOf();
    const queue = queues.queueOf(item('ada'));
    const kept = items('ada', 3_000).filter((one) => queues.offer(one)).length;
    let taken = 0;
    for (; queues.filled(queue) >= 0.5; taken += 1) queues.next();
    expect(taken).toBeGreaterThan(kept / 2 - 2);
    expect(taken).toBeLessThan(kept / 2 + 2);
  });

  it('keeps some jobs of each of many owners', () => {
    const queues = queuesOf();
    const owners = Array.from({ length: 40 }, (_, n) => `owner ${n}`);
    for (const owner of owners) for (const one of items(owner, 200)) expect(queues.offer(one)).toBe(true);
    expect(queues.offer(item('owner 0', 'more'))).toBe(false);
    expect(queues.waiting).toBe(8_000);
    const firsts = owners.map(() => queues.next()?.owner);
    expect(firsts).toEqual(owners);
  });

  it("tells queues apart whatever the owner's name", () => {
    const queues = queuesOf({ routes: new Map([['/slow', 1]]) });
    const keys = [item('', 0), item('/slow', 0), item('', 0, '/slow'), item(' /slow', 0), item('a b', 0, '/slow')];
    const names = keys.map((key) => queues.queueOf(key));
    expect(new Set(names).size).toBe(names.length);
    for (const key of keys) {
      for (let n = 0; n < 150; n += 1) queues.offer({ ...key, name: `${n}` });
    }
    for (const name of names) expect(queues.filled(name)).toBeLessThan(0.5);
    for (const key of keys) while (queues.offer(key));
    for (const name of names) expect(queues.filled(name)).toBeGreaterThanOrEqual(1);
  });

  it('removes a waiting job once, and no running one', () => {
    const queues = queuesOf({ concurrency: 1 });
    const [first, second, third] = items('ada', 3);
    if (!first || !second || !third) throw new Error('three were made');
    for (const one of [first, second, third]) queues.offer(one);
    expect(queues.next()).toBe(first);
    expect([queues.remove(first), queues.remove(second), queues.remove(second)]).toEqual([false, true, false]);
    expect(queues.waiting).toBe(1);
    queues.done(first);
    expect(queues.next()).toBe(third);
    expect(queues.remove(item('nobody'))).toBe(false);
  });

  it('removes all matching jobs, of all routes and owners', () => {
    const queues = queuesOf({ routes: new Map([['/slow', 1]]) });
    const all = [...items('ada', 4), ...items('bea', 4, '/slow'), ...items('cid', 1)];
    for (const one of all) queues.offer(one);
    const matches = ({ name }: Item): boolean => /[0-2]$/.test(name);
    expect(namesOf(queues.removeWhere(matches)).toSorted()).toEqual(namesOf(all.filter(matches)).toSorted());
    expect(queues.waiting).toBe(2);
    expect(namesOf(takeAll(queues)).toSorted()).toEqual(['ada3', 'bea3']);
    expect(queues.next()).toBeUndefined();
  });

  it('keeps limits and order, and removes or runs each job once, in any sequence of calls', () => {
    const owner = fc.constantFrom('ada', 'bea', 'cid');
    const path = fc.constantFrom('/a', '/b', '/c');
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('offer' as const), owner, path }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'next' as const }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('done' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeWhere' as const), owner }) },
    );
    const options = fc.record({
      concurrency: fc.integer({ min: 1, max: 6 }),
      perOwner: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 120 }), ({ concurrency, perOwner }, steps) => {
        const routes = new Map([
          ['/a', 1],
          ['/b', 2],
        ]);
        const queues = queuesOf({ concurrency, perOwner, routes });
        const waiting = new Set<Item>();
        const running: Item[] = [];
        const countOf = (matches: (one: Item) => boolean): number => running.filter(matches).length;
        const mayRun = (one: Item): boolean =>
          running.length < concurrency &&
          countOf(({ owner }) => owner === one.owner) < (perOwner ?? Number.POSITIVE_INFINITY) &&
          countOf(({ path }) => path === one.path) < (routes.get(one.path) ?? Number.POSITIVE_INFINITY);
        for (const [n, one] of steps.entries()) {
          if (one.kind === 'offer') {
            const offered = item(one.owner, n, one.path);
            expect(queues.offer(offered)).toBe(true);
            waiting.add(offered);
          } else if (one.kind === 'next') {
            const expected = [...waiting].some(mayRun);
            const next = queues.next();
            expect(next !== undefined).toBe(expected);
            if (next === undefined) continue;
            expect(waiting.delete(next)).toBe(true);
            expect(mayRun(next)).toBe(true);
            // The first of its owner for its route, and of that route if it has a limit.
            const before = [...waiting].find(({ owner, path }) => owner === next.owner && path === next.path);
            if (before) expect(Number(before.name.slice(3))).toBeGreaterThan(Number(next.name.slice(3)));
            running.push(next);
          } else if (one.kind === 'done' && running.length > 0) {
            const [ended] = running.splice(one.which % running.length, 1);
            if (ended) queues.done(ended);
          } else if (one.kind === 'remove' && waiting.size > 0) {
            const removed = [...waiting][one.which % waiting.size];
            if (removed === undefined) continue;
            expect(queues.remove(removed)).toBe(true);
            waiting.delete(removed);
          } else if (one.kind === 'removeWhere') {
            const matches = ({ owner }: Item): boolean => owner === one.owner;
            expect(new Set(queues.removeWhere(matches))).toEqual(new Set([...waiting].filter(matches)));
            for (const gone of [...waiting].filter(matches)) waiting.delete(gone);
          }
          expect(queues.waiting).toBe(waiting.size);
          expect(queues.running).toBe(running.length);
        }
      }),
    );
  });

  it('keeps one job of each owner when ten thousand wait', () => {
    const queues = queuesOf();
    for (let n = 0; n < 50; n += 1) for (const one of items(`owner ${n} `, 200)) expect(queues.offer(one)).toBe(true);
    expect(queues.isFull).toBe(true);
    expect(queues.offer(item('owner 0 '))).toBe(false);
    expect(queues.filled(queues.queueOf(item('owner 0 ')))).toBeGreaterThanOrEqual(1);
    expect(queues.offer(item('newcomer', 0))).toBe(true);
    expect(queues.offer(item('newcomer', 1))).toBe(false);
    expect(queues.filled(queues.queueOf(item('newcomer')))).toBe(1);
    for (let n = 0; n < 2; n += 1) queues.next();
    expect(queues.isFull).toBe(false);
    expect(queues.offer(item('newcomer', 1))).toBe(true);
  });
});
