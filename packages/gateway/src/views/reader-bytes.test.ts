import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { ADA, BOB, LIVE_SCHEMA, startLiveViews, WAIT } from '../testing/live-fixture.ts';
import { equal, plan } from '../testing/simple-plans.ts';
import type { Tab } from '../testing/tab.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(LIVE_SCHEMA);
});
afterAll(() => database.close());
beforeEach(() =>
  database.owner.queryAll(`DELETE person, team;
    FOR $n IN 1..4 { CREATE type::record('person', 'big-' + <string> $n) SET n = $n, text = string::repeat('x', 3000) };
    CREATE team:small`),
);

/** A large row takes about 3,300 bytes. One reader has room for one of them, all readers together for two. */
const LIMITS = { maxBytes: 8_000, maxBytesPerReader: 4_000, lingerMs: 60_000 };
const start = () => startLiveViews(database, { viewLimits: LIMITS });
const big = (n: number) => plan('person', { where: equal('n', n) });
const TOO_MUCH = { code: 'SPOOKY_GATEWAY_LIMIT', message: expect.stringContaining('more than 4000 bytes') };

const shown = (tab: Tab, id: number, count = 1) => vi.waitFor(() => expect(tab.rowsOf(id)).toHaveLength(count), WAIT);
const failed = (tab: Tab, id: number) => vi.waitFor(() => expect(tab.viewOf(id)?.error).toMatchObject(TOO_MUCH), WAIT);

describe("a reader whose views exceed the reader's share of the memory", () => {
  it('is refused alone, keeps what fits, and takes nothing from others', async () => {
    const { views, tab: open } = await start();
    const [ada, second, bob] = [open({ reader: ADA }), open({ reader: ADA }), open({ reader: BOB })];
    views.subscribe(ada, 1, plan('team'));
    views.subscribe(ada, 2, big(1));
    await Promise.all([shown(ada, 1), shown(ada, 2)]);
    // Another socket of the same reader has no additional room.
    views.subscribe(second, 3, big(2));
    await failed(second, 3);
    expect(views.stats.bytes).toBeLessThanOrEqual(LIMITS.maxBytesPerReader);
    views.subscribe(bob, 4, big(3));
    await shown(bob, 4);
    await database.owner.queryAll('CREATE team:other');
    await shown(ada, 1, 2);
    expect(ada.rowsOf(2)).toHaveLength(1);
  });

  it('is shown the rest when there is room again', async () => {
    const { views, tab: open } = await start();
    const ada = open({ reader: ADA });
    views.subscribe(ada, 1, big(1));
    await shown(ada, 1);
    views.subscribe(ada, 2, big(2));
    await failed(ada, 2);
    // Lingering views count, and are removed first.
    views.unsubscribe(ada, 1);
    await shown(ada, 2);
    expect(views.stats.bytes).toBeLessThanOrEqual(LIMITS.maxBytesPerReader);
  });

  it('cannot exceed it by views that others use', async () => {
    const { views, tab: open } = await start();
    const [ada, bob] = [open({ reader: ADA }), open({ reader: BOB })];
    views.subscribe(bob, 1, big(1));
    views.subscribe(ada, 2, big(2));
    await Promise.all([shown(bob, 1), shown(ada, 2)]);
    views.subscribe(ada, 3, big(1));
    expect(ada.rejected.get(3)).toMatchObject(TOO_MUCH);
    // The same view of the same reader in another tab costs nothing more.
    const tab = open({ reader: BOB });
    views.subscribe(tab, 4, big(1));
    await shown(tab, 4);
    views.unsubscribe(ada, 2);
    views.subscribe(ada, 5, big(1));
    await shown(ada, 5);
  });

  it('does not fail a view that another reader has room for', async () => {
    const { views, tab: open } = await start();
    const [ada, bob] = [open({ reader: ADA }), open({ reader: BOB })];
    for (const tab of [ada, bob]) views.subscribe(tab, 1, plan('team'));
    views.subscribe(ada, 2, big(1));
    await Promise.all([shown(ada, 1), shown(ada, 2), shown(bob, 1)]);
    await database.owner.queryAll("UPDATE team:small SET text = string::repeat('x', 2000)");
    for (const tab of [ada, bob])
      await vi.waitFor(() => expect(tab.rowsOf(1)).toMatchObject([{ text: expect.stringMatching(/^x+$/) }]), WAIT);
  });

  it('has the whole share again after the sockets have closed', async () => {
    const { views, tab: open } = await start();
    for (const n of [1, 2, 3]) {
      const tabs = [open({ reader: ADA }), open({ reader: ADA })];
      for (const tab of tabs) views.subscribe(tab, 1, big(n));
      for (const tab of tabs) await shown(tab, 1);
      for (const tab of tabs) views.leave(tab);
    }
    expect(views.stats.bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
  });
});
