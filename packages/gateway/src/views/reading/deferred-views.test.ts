import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { ADA, BOB, LIVE_SCHEMA, liveCompiler, startLiveViews, WAIT } from '../../testing/live-fixture.ts';
import { plan, simpleCompiler } from '../../testing/simple-plans.ts';
import { createTab, type Tab } from '../../testing/tab.ts';
import { Registry } from '../registry.ts';
import { emptyState } from '../state.ts';
import { DeferredViews } from './deferred-views.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(LIVE_SCHEMA);
});
afterAll(() => database.close());

describe('a reader who takes too much time of the rounds', () => {
  it('waits alone and is shown everything in the end', async () => {
    // The first read spends the whole budget, which returns after about 200 times as long.
    const { views, tab: open } = await startLiveViews(database, {
      viewLimits: { readerMs: 0.001, readerShare: 0.005 },
    });
    const [greedy, other] = [open({ reader: ADA }), open({ reader: BOB })];
    for (let id = 0; id < 20; id += 1) views.subscribe(greedy, id, plan('person', { limit: 100 + id }));
    await vi.waitFor(() => expect(greedy.rowsOf(0)).toEqual([]), WAIT);
    views.subscribe(other, 1, plan('team'));
    await vi.waitFor(() => expect(other.rowsOf(1)).toEqual([]), WAIT);
    await database.owner.queryAll('CREATE person:a; CREATE team:a');
    await vi.waitFor(() => expect(other.rowsOf(1)).toHaveLength(1), WAIT);
    const ids = Array.from({ length: 20 }, (_, id) => id);
    await vi.waitFor(() => {
      for (const id of ids) expect(greedy.rowsOf(id)).toHaveLength(1);
    }, WAIT);
  });

  it('is not shown an earlier state when another socket subscribes to a deferred view', async () => {
    const { views, tab: open } = await startLiveViews(database, {
      viewLimits: { readerMs: 0.001, readerShare: 0.005 },
    });
    const [first, second, other] = [open({ reader: ADA }), open({ reader: ADA }), open({ reader: BOB })];
    views.subscribe(first, 1, plan('person'));
    views.subscribe(other, 1, plan('team'));
    await vi.waitFor(() => expect([first.rowsOf(1), other.rowsOf(1)]).not.toContain(undefined), WAIT);
    const before = first.rowsOf(1)?.length ?? 0;
    await database.owner.queryAll('CREATE person; CREATE team');
    await vi.waitFor(() => expect(other.rowsOf(1)).toHaveLength(2), WAIT);
    views.subscribe(second, 1, plan('person'));
    await vi.waitFor(() => expect(second.rowsOf(1)).toBeDefined(), WAIT);
    expect(second.rowsOf(1)).toHaveLength(before + 1);
  });

  it('is shown one moment at a time, and a write at the latest in its round', async () => {
    // Reading `person` takes far more than a reader's budget. `team` is still read, because another reader uses it
    // too.
    const { views, tab: open } = await startLiveViews(database, {
      viewLimits: { readerMs: 20, readerShare: 0.1 },
      compilerOf: simpleCompiler({ person: { where: 'sleep(20ms) = NONE' } }),
    });
    await database.owner.queryAll('DELETE person, team; CREATE person:1, person:2, person:3');
    let visibleIn = Number.POSITIVE_INFINITY;
    let key = '';
    let shownToOther = Number.POSITIVE_INFINITY;
    let wasLate = false;
    const shows = (tab: Tab, id: number): boolean =>
      tab.rowsOf(id)?.some((row) => JSON.stringify(row).includes(key)) ?? false;
    const faults: string[] = [];
    const writer = open({
      reader: ADA,
      onCommit(tab) {
        if (tab.round >= visibleIn && !shows(tab, 1)) faults.push(`round ${tab.round} does not show ${key}`);
        if (key !== '' && shows(tab, 1) !== shows(tab, 2)) faults.push(`round ${tab.round} is torn`);
        if (shows(tab, 2) && tab.round > shownToOther) wasLate = true;
      },
    });
    const other = open({
      reader: BOB,
      onCommit(tab) {
        if (key !== '' && shows(tab, 2)) shownToOther = Math.min(shownToOther, tab.round);
      },
    });
    views.subscribe(writer, 1, plan('person'));
    views.subscribe(writer, 2, plan('team'));
    views.subscribe(other, 2, plan('team'));
    await vi.waitFor(() => expect([writer.rowsOf(1), other.rowsOf(2)]).not.toContain(undefined), WAIT);
    for (let attempt = 0; attempt < 20 && !wasLate; attempt += 1) {
      visibleIn = Number.POSITIVE_INFINITY;
      shownToOther = Number.POSITIVE_INFINITY;
      key = `write-${attempt}`;
      await database.owner.queryAll(`BEGIN; CREATE person:⟨${key}⟩; CREATE team:⟨${key}⟩; COMMIT`);
      visibleIn = views.nextRound(writer);
      await vi.waitFor(() => expect(writer.round).toBeGreaterThanOrEqual(visibleIn), WAIT);
    }
    expect([wasLate, faults]).toEqual([true, []]);
  });
});

describe('a deferred view', () => {
  it('is not kept with its earlier state after everyone has left', () => {
    const registry = new Registry();
    const deferred = new DeferredViews(registry, { mayRead: () => false });
    const subscriber = createTab({ reader: ADA, engine: database.owner });
    const view = registry.viewOf(liveCompiler()(plan('person'), ADA), subscriber);
    view.status = { kind: 'shown', state: emptyState(view.compiled.nodes) };
    const subscription = registry.attach(registry.enter(subscriber), view, plan('person'), 1, undefined);
    deferred.add(view);
    deferred.isWorthRound(2);
    expect([registry.has(view), view.isDeferred]).toEqual([true, true]);
    registry.detach(subscription, 0);
    deferred.isWorthRound(2);
    expect([registry.has(view), view.isDeferred]).toEqual([false, false]);
  });
});
