/* Plans that count: numbers are exact, cost one small row on the wire, and follow the permissions. */
import { createLink, type Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { installGateway } from '../install/install.ts';
import { createCompiler } from '../plans/compile/compile-plan.ts';
import { validatePlan } from '../plans/validate/validate-plan.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { openReaderSessions, type ReaderSessions } from '../testing/reader-sessions.ts';
import { createTab, type Tab } from '../testing/tab.ts';
import type { WirePlan } from '../wire/plan.ts';
import { createLiveViews } from './live-views.ts';
import type { LiveViewsOptions } from './options.ts';

/** A permission that only the database can evaluate. */
const PUZZLE = '(SELECT VALUE public FROM ONLY post:key) = true';
const SCHEMA = `
  DEFINE TABLE person SCHEMAFULL PERMISSIONS FOR select FULL;
  DEFINE FIELD name ON person TYPE option<string>;
  DEFINE TABLE post SCHEMAFULL PERMISSIONS FOR select WHERE public = true OR owner = $auth.id;
  DEFINE FIELD owner ON post TYPE record<person>;
  DEFINE FIELD public ON post TYPE bool DEFAULT true;
  DEFINE FIELD n ON post TYPE int DEFAULT 0;
  DEFINE INDEX post_owner ON post FIELDS owner;
  DEFINE TABLE puzzle SCHEMAFULL PERMISSIONS FOR select WHERE ${PUZZLE};
  DEFINE FIELD n ON puzzle TYPE option<int>;`;
const WAIT = { timeout: 10_000, interval: 5 };
const ADA = new RecordId('person', 'ada');
const BOB = new RecordId('person', 'bob');

let database: TestDatabase;
let service: Link;
let readers: ReaderSessions;
beforeAll(async () => {
  database = await startTestDatabase(SCHEMA);
  await installGateway(database.owner, TOKEN_KEY);
  service = createLink(database.options);
  await service.open();
  readers = await openReaderSessions(database.options);
});
afterAll(async () => {
  await readers.close();
  await service.close();
  await database.close();
});
beforeEach(() => database.owner.queryAll('DELETE person, post, puzzle; CREATE person:ada, person:bob'));

const write = (text: string) => database.owner.queryAll(text);

async function start(options: Partial<LiveViewsOptions> = {}) {
  const errors: string[] = [];
  const logger = { info: () => {}, warn: () => {}, error: (_: object, message: string) => errors.push(message) };
  const views = createLiveViews({
    link: service,
    tokenKey: TOKEN_KEY,
    logger,
    ...options,
    viewLimits: { engineMs: 20, proofSample: 1, ...options.viewLimits },
  });
  await views.start();
  onTestFinished(() => views.stop());
  const schema = await readDatabaseSchema(service);
  return {
    views,
    errors,
    tab: (reader = ADA) => createTab({ reader, engine: readers.as(reader) }),
    subscribe: (tab: Tab, id: number, plan: WirePlan, digest?: string) =>
      views.subscribe(tab, id, validatePlan(schema, plan), digest),
  };
}

/** The number that a tab shows; undefined before the first snapshot. */
function countOf(tab: Tab, id: number, node = 0, parent = ''): number | undefined {
  const nodes = tab.viewOf(id)?.nodes;
  if (nodes === undefined) return undefined;
  const [key] = nodes.get(node)?.lists.get(parent) ?? [];
  return key === undefined ? 0 : Number(nodes.get(node)?.rows.get(key)?.row.count);
}

const subscriptionsOf = (tab: Tab) => tab.frames.filter(({ type }) => type === 'subscribed') as { id: number }[];

const shows = (tab: Tab, id: number, count: number) => vi.waitFor(() => expect(countOf(tab, id)).toBe(count), WAIT);
const POSTS: WirePlan = { table: 'post', count: true };

describe('a plan that counts', () => {
  it('counts what its reader sees, and nothing else', async () => {
    const { views, subscribe, tab: open, errors } = await start();
    const [ada, bob] = [open(ADA), open(BOB)];
    await write('CREATE post:1 SET owner = person:ada, public = false; CREATE post:2 SET owner = person:bob');
    subscribe(ada, 1, POSTS);
    subscribe(bob, 1, POSTS);
    await shows(ada, 1, 2);
    await shows(bob, 1, 1);
    await vi.waitFor(() => expect(views.stats).toMatchObject({ proofs: 2, proofsFailed: 0 }), WAIT);
    await write('CREATE post:3 SET owner = person:ada, public = false; UPDATE post:1 SET public = true');
    await shows(ada, 1, 3);
    await shows(bob, 1, 2);
    await write('DELETE post:1; UPDATE post:2 SET public = false');
    await shows(ada, 1, 1);
    await shows(bob, 1, 1);
    await write('DELETE post');
    await shows(ada, 1, 0);
    expect(errors).toEqual([]);
  });

  it('sends one small row, however many rows there are', async () => {
    const { subscribe, tab: open } = await start();
    const tab = open();
    await write('FOR $n IN 0..500 { CREATE post SET owner = person:bob, n = $n }');
    subscribe(tab, 1, { ...POSTS, where: { field: 'n', is: 'gte', value: 0 } });
    await shows(tab, 1, 500);
    await write('CREATE post:new SET owner = person:bob');
    await shows(tab, 1, 501);
    await write('UPDATE post:new SET n = 7; CREATE person:cat');
    await write('DELETE post:new');
    await shows(tab, 1, 500);
    const frames = tab.frames.filter(({ type }) => type === 'snapshot' || type === 'delta');
    expect(frames).toMatchObject([
      { type: 'snapshot', rows: [[0, '', '500', { count: 500 }]], lists: [[0, '', [[0, 0, ['']]]]] },
      { type: 'delta', rows: [[0, '', '501', { count: 501 }]], lists: [] },
      { type: 'delta', rows: [[0, '', '500', { count: 500 }]], lists: [] },
    ]);
  });

  it('is another view than the list of the same rows', async () => {
    const { views, subscribe, tab: open } = await start();
    const tab = open();
    await write('CREATE post:1 SET owner = person:bob');
    subscribe(tab, 1, POSTS);
    subscribe(tab, 2, { table: 'post', select: [] });
    await shows(tab, 1, 1);
    await vi.waitFor(() => expect(tab.rowsOf(2)).toMatchObject([{ id: { $r: ['post', 1] } }]), WAIT);
    expect(views.stats.views).toBe(2);
  });

  it('is answered with `same` if the number is the same', async () => {
    const { subscribe, tab: open } = await start();
    const [first, second] = [open(), open()];
    await write('CREATE post:1 SET owner = person:bob');
    subscribe(first, 1, POSTS);
    await shows(first, 1, 1);
    subscribe(second, 1, POSTS, first.digestOf(1, [-1]));
    await vi.waitFor(() => expect(second.frames.map(({ type }) => type)).toContain('same'), WAIT);
  });

  it('counts the rows of a relation for each row', async () => {
    const { subscribe, tab: open } = await start();
    const [ada, bob] = [open(ADA), open(BOB)];
    const plan: WirePlan = {
      table: 'person',
      related: [{ name: 'posts', many: true, field: 'owner', plan: POSTS }],
    };
    await write('CREATE post:1 SET owner = person:ada, public = false; CREATE post:2 SET owner = person:ada');
    subscribe(ada, 1, plan);
    subscribe(bob, 1, plan);
    const both = (tab: Tab, adas: number, bobs: number) =>
      vi.waitFor(
        () => expect(['ada', 'bob'].map((key) => countOf(tab, 1, 1, `person:${key}`))).toEqual([adas, bobs]),
        WAIT,
      );
    await both(ada, 2, 0);
    await both(bob, 1, 0);
    await write('UPDATE post:2 SET owner = person:bob');
    await both(ada, 1, 1);
    await both(bob, 0, 1);
    await write('DELETE person:bob; DELETE post:1; CREATE person:cat; CREATE post:3 SET owner = person:cat');
    await vi.waitFor(() => expect(countOf(bob, 1, 1, 'person:cat')).toBe(1), WAIT);
    await both(ada, 0, 0);
  });
});

describe('a count of more rows than a view may hold', () => {
  const many = 'FOR $n IN 0..8 { CREATE post SET owner = person:bob, n = $n }';
  const hidden = 'FOR $n IN 0..5 { CREATE post SET owner = person:bob, public = false, n = $n }';

  it('is counted by the database, with the permissions, and stays up to date', async () => {
    const { views, subscribe, tab: open } = await start({ rowsMax: 5 });
    const [ada, bob] = [open(ADA), open(BOB)];
    await write(`${many}; ${hidden}`);
    subscribe(ada, 1, POSTS);
    subscribe(bob, 1, POSTS);
    subscribe(ada, 2, { ...POSTS, where: { field: 'n', is: 'lt', value: 3 } });
    await shows(ada, 1, 8);
    await shows(bob, 1, 13);
    await shows(ada, 2, 3);
    expect(views.stats.bytes).toBeLessThan(1_000);
    await write('CREATE post SET owner = person:bob; CREATE post SET owner = person:bob, public = false');
    await shows(ada, 1, 9);
    await shows(bob, 1, 15);
    // Also with the statement of a second subscriber, and after there are few rows again.
    const again = open(ADA);
    subscribe(again, 1, POSTS);
    await shows(again, 1, 9);
    views.leave(ada);
    await write('DELETE post WHERE n > 0');
    await shows(again, 1, 2);
    await shows(bob, 1, 4);
  });

  it('begins when the rows become too many', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5 });
    const tab = open();
    await write('FOR $n IN 0..4 { CREATE post SET owner = person:bob, n = $n }');
    subscribe(tab, 1, POSTS);
    await shows(tab, 1, 4);
    await write(many);
    await shows(tab, 1, 12);
    await write('DELETE post');
    await shows(tab, 1, 0);
    expect(tab.frames.some(({ type }) => type === 'failed')).toBe(false);
  });

  it('works for the rows of a relation', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5 });
    const tab = open(ADA);
    await write(`${many}; ${hidden}`);
    subscribe(tab, 1, {
      table: 'person',
      related: [{ name: 'posts', many: true, field: 'owner', plan: POSTS }],
    });
    await vi.waitFor(() => expect(countOf(tab, 1, 1, 'person:bob')).toBe(8), WAIT);
    expect(countOf(tab, 1, 1, 'person:ada')).toBe(0);
    await write('CREATE post SET owner = person:ada, public = false');
    await vi.waitFor(() => expect(countOf(tab, 1, 1, 'person:ada')).toBe(1), WAIT);
  });

  it('works with a permission that only the database can evaluate', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5 });
    const tab = open(ADA);
    await write('CREATE post:key SET owner = person:bob; FOR $n IN 0..8 { CREATE puzzle SET n = $n }');
    subscribe(tab, 1, { table: 'puzzle', count: true });
    await shows(tab, 1, 8);
    await write('UPDATE post:key SET public = false');
    await shows(tab, 1, 0);
  });

  it('fails if the database has no room for one more such view', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5, viewLimits: { engineMax: 0 } });
    const tab = open();
    await write(many);
    subscribe(tab, 1, POSTS);
    await vi.waitFor(() => expect(tab.viewOf(1)?.error?.code).toBe('SPOOKY_GATEWAY_TOO_MANY_ROWS'), WAIT);
  });

  it('is held again by the gateway after a change of the schema', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5, changeLimits: { schemaPollMs: 20 } });
    const tab = open();
    await write(many);
    subscribe(tab, 1, POSTS);
    await shows(tab, 1, 8);
    await write('DELETE post WHERE n > 1');
    await shows(tab, 1, 2);
    await write('DEFINE FIELD added ON person TYPE option<string>');
    onTestFinished(async () => void (await write('REMOVE FIELD added ON person')));
    await write('CREATE post SET owner = person:bob');
    await shows(tab, 1, 3);
    const isDelayed = () => subscriptionsOf(tab).map((frame) => 'delayed' in frame);
    await vi.waitFor(() => expect(isDelayed()).toEqual([false, true, false]), WAIT);
  });

  it('is reported as delayed to all of its subscriptions when the database begins to count, and to later ones', async () => {
    const { subscribe, tab: open } = await start({ rowsMax: 5 });
    const [first, second, third] = [open(), open(), open()];
    for (const [tab, id] of [
      [first, 1],
      [first, 2],
      [second, 3],
    ] as const)
      subscribe(tab, id, POSTS);
    await shows(second, 3, 0);
    await write(many);
    await shows(first, 2, 8);
    await shows(second, 3, 8);
    subscribe(third, 4, POSTS);
    const delayed = [first, second, third].map((tab) =>
      subscriptionsOf(tab).flatMap((frame) => ('delayed' in frame ? [frame.id] : [])),
    );
    expect(delayed).toEqual([[1, 2], [3], [4]]);
  });
});

it('reports a view as delayed as long as only the database can evaluate its permission', async () => {
  const { subscribe, tab: open } = await start({ changeLimits: { schemaPollMs: 20 } });
  const tab = open();
  const isDelayed = () => subscriptionsOf(tab).map((frame) => 'delayed' in frame);
  const allow = (condition: string) =>
    write(`DEFINE TABLE OVERWRITE puzzle SCHEMAFULL PERMISSIONS FOR select WHERE ${condition}`);
  onTestFinished(async () => void (await allow(PUZZLE)));
  subscribe(tab, 1, { table: 'puzzle' });
  await allow('n = 1');
  await vi.waitFor(() => expect(isDelayed()).toEqual([true, false]), WAIT);
  await allow(PUZZLE);
  await vi.waitFor(() => expect(isDelayed()).toEqual([true, false, true]), WAIT);
});

it('compiles both statements of a count with the permissions', async () => {
  const schema = await readDatabaseSchema(service);
  const compiled = createCompiler(schema)(validatePlan(schema, POSTS), ADA);
  expect(compiled.nodes).toMatchObject([{ shows: 'number', columns: ['id'] }]);
  expect(compiled.statement('v').text).toContain('`public`');
  expect(compiled.total?.statement('v').text).toMatch(
    /^SELECT count\(\) AS count FROM \(SELECT id .*`public`.*GROUP ALL$/,
  );
  expect(compiled.total?.live.kind).toBe('engine');
});
