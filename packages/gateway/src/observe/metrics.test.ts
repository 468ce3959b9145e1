import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GatewayLimits } from '../server/options.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { scrape } from '../testing/status-server.ts';
import { ORIGIN, PASSWORD, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { TestSocket } from '../testing/test-socket.ts';
import type { WirePlan } from '../wire/plan.ts';

const WAIT = { timeout: 20_000, interval: 10 };

let test: TestGateway;
let cookie: string;
let before: Record<string, number>;
beforeAll(async () => {
  test = await startTestGateway({
    status: {},
    limits: { writes: { perSecond: 0.01, burst: 3 }, views: { proofSample: 1 } },
  });
  ({ cookie } = await test.signUp('ada'));
});
afterAll(() => test.close());
beforeEach(async () => {
  before = await scrape(test.gateway);
});

/** Waits until the samples have grown by these amounts since the test began. */
async function grown(expected: Record<string, unknown>): Promise<void> {
  await vi.waitFor(async () => {
    const now = await scrape(test.gateway);
    const names = Object.keys(expected);
    expect(Object.fromEntries(names.map((name) => [name, (now[name] ?? 0) - (before[name] ?? 0)]))).toEqual(expected);
  }, WAIT);
}

/** Waits until the samples have these values. */
async function becomes(expected: Record<string, unknown>): Promise<void> {
  await vi.waitFor(async () => expect(await scrape(test.gateway)).toMatchObject(expected), WAIT);
}

/** Another gateway on the database. It stops when the test has finished. */
async function start(database: TestDatabase, limits?: GatewayLimits): Promise<TestGateway> {
  const other = await startTestGateway({ database, status: {}, ...(limits && { limits }) });
  onTestFinished(() => other.close());
  return other;
}

async function connect(): Promise<TestSocket> {
  const socket = await test.connect({ cookie });
  await socket.frame('hello');
  onTestFinished(() => socket.socket.terminate());
  return socket;
}

async function subscribe(socket: TestSocket, id: number, plan: WirePlan): Promise<void> {
  socket.send({ type: 'subscribe', id, plan });
  const { view } = await socket.frame('subscribed', (frame) => frame.id === id);
  await socket.frame('snapshot', (frame) => frame.view === view);
}

const create = (key: string) => ({ kind: 'create', id: { $r: ['project', key] }, fields: { title: 'x' } });
const more = expect.toSatisfy((value: number) => value > 0, 'more');

describe('the gauges', () => {
  it('show open sockets, users, queries, views and their bytes, and fall again', async () => {
    const [first, second] = [await connect(), await connect()];
    await test.owner.queryAll("CREATE project:seen SET title = 'x', owner = person:none, is_public = true");
    await subscribe(first, 1, { table: 'project' });
    await subscribe(second, 1, { table: 'project' });
    await subscribe(second, 2, { table: 'person' });
    await becomes({ database_connected: 1, sockets: 2, users: 1, subscriptions: 3, views: 2, view_bytes: more });
    first.close();
    second.close();
    await becomes({ sockets: 0, users: 0, subscriptions: 0, views: 0, view_bytes: 0 });
  });

  it('show the engine sessions of users who write', async () => {
    const socket = await connect();
    await socket.write({ kind: 'delete', id: { $r: ['project', 'nothing'] } });
    await becomes({ engine_sessions: 1 });
    socket.close();
    await becomes({ engine_sessions: 0 });
  });

  it('show a socket whose client does not read, until it reads', async () => {
    const socket = await connect();
    await test.owner.queryAll("UPSERT project:big SET title = 'x', owner = person:none, is_public = true");
    await subscribe(socket, 1, { table: 'task' });
    socket.socket.pause();
    await vi.waitFor(async () => {
      const title = `${performance.now()} ${'x'.repeat(900_000)}`;
      await test.owner.queryAll('UPSERT task:big SET project = project:big, title = $title', { title });
      expect(await scrape(test.gateway)).toMatchObject({ sockets_behind: 1 });
    }, WAIT);
    socket.socket.resume();
    await becomes({ sockets_behind: 0 });
    await test.owner.queryAll('DELETE task, project');
  });
});

describe('rounds', () => {
  it('are counted with their duration and engine time', async () => {
    await test.owner.queryAll('CREATE team SET title = "x"');
    await grown({
      'rounds_total{end="committed"}': more,
      round_seconds_count: more,
      round_seconds_sum: more,
      round_engine_seconds_total: more,
    });
    await grown({ full_scans_total: more, 'rounds_total{end="cancelled"}': more });
  });

  it('are resets after a change of the schema, and then read every view', async () => {
    const socket = await connect();
    await subscribe(socket, 1, { table: 'project' });
    await test.owner.queryAll('DEFINE FIELD extra ON team TYPE option<string>');
    await grown({ resets_total: 1, 'view_reads_total{reason="reset"}': 1 });
  });

  it('count a conflict against another gateway', async () => {
    const [first, second] = await Promise.all([start(test.database), start(test.database)]);
    await vi.waitFor(async () => {
      // Without a last batch there is no leader, so both try to make the first one.
      await test.owner.queryAll('DELETE spooky_change_batch; CREATE team SET title = "x"');
      const pages = await Promise.all([scrape(first.gateway), scrape(second.gateway)]);
      expect(pages.reduce((sum, { round_conflicts_total = 0 }) => sum + round_conflicts_total, 0)).toBeGreaterThan(0);
    }, WAIT);
  });

  it('fail while the database is down', async () => {
    const database = await startTestDatabase();
    onTestFinished(() => database.close());
    const { gateway } = await start(database);
    expect(await scrape(gateway)).toMatchObject({ 'rounds_total{end="failed"}': 0, database_connected: 1 });
    await database.stop();
    await vi.waitFor(async () => {
      expect(await scrape(gateway)).toMatchObject({ 'rounds_total{end="failed"}': more, database_connected: 0 });
    }, WAIT);
    await database.start();
    await vi.waitFor(async () => expect(await scrape(gateway)).toMatchObject({ database_connected: 1 }), WAIT);
  });
});

describe('a change', () => {
  it('is measured from its write to its frames', async () => {
    const [first, second] = [await connect(), await connect()];
    await subscribe(first, 1, { table: 'project' });
    await subscribe(second, 1, { table: 'project' });
    before = await scrape(test.gateway);
    await test.owner.queryAll("CREATE project:one SET title = 'x', owner = person:none, is_public = true");
    await Promise.all([first.frame('delta'), second.frame('delta')]);
    await grown({
      delivery_seconds_count: 1,
      'frames_sent_total{type="delta"}': 2,
      view_patches_total: 1,
    });
    const { delivery_seconds_sum: sum = 0 } = await scrape(test.gateway);
    expect(sum - (before.delivery_seconds_sum ?? 0)).toBeGreaterThan(0);
  });

  it('is measured from the time of its write, also if its transaction was open for long', async () => {
    const socket = await connect();
    await subscribe(socket, 1, { table: 'project' });
    before = await scrape(test.gateway);
    await test.owner.queryAll(
      "BEGIN; CREATE project:slow SET title = 'x', owner = person:none, is_public = true; SLEEP 600ms; COMMIT",
    );
    await socket.frame('delta');
    await grown({ delivery_seconds_count: 1 });
    const { delivery_seconds_sum: sum = 0 } = await scrape(test.gateway);
    expect(sum - (before.delivery_seconds_sum ?? 0)).toBeGreaterThanOrEqual(0.59);
  });

  it('is not measured if nobody sees it', async () => {
    const socket = await connect();
    await subscribe(socket, 1, { table: 'project' });
    before = await scrape(test.gateway);
    await test.owner.queryAll("CREATE project:hidden SET title = 'x', owner = person:none");
    await test.owner.queryAll("CREATE project:shown SET title = 'x', owner = person:none, is_public = true");
    await socket.frame('delta');
    await grown({ delivery_seconds_count: 1, 'rounds_total{end="committed"}': more });
  });
});

describe('views', () => {
  it('are counted when they are read for the first time, by a round or by the engine, and proven', async () => {
    const socket = await connect();
    await subscribe(socket, 1, { table: 'project', limit: 3 });
    await subscribe(socket, 2, { table: 'riddle' });
    await grown({
      'view_reads_total{reason="first"}': 2,
      'view_proofs_total{result="same"}': more,
      'view_proofs_total{result="different"}': 0,
    });
    await test.owner.queryAll('CREATE team SET title = "x"');
    await grown({ 'view_reads_total{reason="engine"}': 1 });
  });
});

describe('a view whose reader has spent the budget', () => {
  it('is counted as deferred', async () => {
    const strict = await start(test.database, { views: { readerMs: 0.001, readerShare: 0.005 } });
    const sockets = await Promise.all([strict.connect({ cookie }), strict.connect(await strict.signUp('eve'))]);
    await subscribe(sockets[0], 1, { table: 'person' });
    await subscribe(sockets[1], 1, { table: 'project' });
    await vi.waitFor(async () => {
      await test.owner.queryAll(`CREATE person SET name = '${performance.now()}'`);
      expect(await scrape(strict.gateway)).toMatchObject({ view_deferrals_total: more });
    }, WAIT);
  });
});

describe('sockets', () => {
  it('are counted when they open and by the reason for which they close', async () => {
    const closed = (await connect()).close;
    closed();
    const lost = await connect();
    lost.socket.terminate();
    const wrong = await connect();
    wrong.sendRaw('nothing');
    await wrong.closed;
    const huge = await connect();
    huge.sendRaw('x'.repeat(2_000_000));
    await huge.closed;
    const other = await test.signUp('ben');
    const ended = await test.connect(other);
    await test.post('sign-out', {}, { cookie: other.cookie });
    await ended.closed;
    await grown({
      sockets_opened_total: 5,
      'sockets_closed_total{reason="client"}': 1,
      'sockets_closed_total{reason="lost"}': 1,
      'sockets_closed_total{reason="bad_frame"}': 1,
      'sockets_closed_total{reason="too_large"}': 1,
      'sockets_closed_total{reason="signed_out"}': 1,
    });
  });

  it('are counted by the reason for which they are refused', async () => {
    await (await test.connect({})).closed;
    await (await test.connect({ cookie, origin: 'http://evil.example.com' })).closed;
    await (await test.connect({ cookie, query: 'protocol=99' })).closed;
    await grown({
      sockets_opened_total: 0,
      'sockets_refused_total{reason="signed_out"}': 1,
      'sockets_refused_total{reason="foreign_origin"}': 1,
      'sockets_refused_total{reason="wrong_protocol"}': 1,
    });
  });

  it('are sent frames, which are counted with their bytes', async () => {
    const socket = await connect();
    await test.owner.queryAll("UPSERT project:two SET title = 'äöü', owner = person:none, is_public = true");
    await subscribe(socket, 1, { table: 'project' });
    await socket.frame('commit');
    const bytes = socket.frames.reduce((sum, frame) => sum + Buffer.byteLength(JSON.stringify(frame)), 0);
    await grown({
      'frames_sent_total{type="snapshot"}': 1,
      'frames_sent_total{type="other"}': socket.frames.length - 1,
      sent_bytes_total: bytes,
    });
  });
});

describe('requests', () => {
  it('are counted by result: writes', async () => {
    const socket = await test.connect(await test.signUp('cleo'));
    for (const key of ['a', 'b'])
      expect(await socket.write(create(`written-${key}`))).toMatchObject({ type: 'written' });
    await socket.write({ kind: 'delete', id: { $r: ['project', 'nothing'] } });
    await socket.write(create('too-many'));
    socket.close();
    // Another user, because a bad write counts in the rate as well.
    const other = await test.connect(await test.signUp('cleo2'));
    await other.write({ kind: 'create', id: { $r: ['nothing', 'x'] }, fields: {} });
    other.close();
    await grown({
      'writes_total{result="ok"}': 2,
      'writes_total{result="SPOOKY_GATEWAY_REFUSED"}': 1,
      'writes_total{result="SPOOKY_GATEWAY_BUSY"}': 1,
      'writes_total{result="SPOOKY_GATEWAY_BAD_WRITE"}': 1,
    });
  });

  it('leave receipts, which are deleted when they are old, and counted', async () => {
    const database = await startTestDatabase();
    onTestFinished(() => database.close());
    const other = await start(database, { receipts: { keepMs: 0, sweepMs: 10 } });
    const socket = await other.connect(await other.signUp('ada'));
    for (const key of ['a', 'b']) expect(await socket.write(create(key))).toMatchObject({ type: 'written' });
    await vi.waitFor(
      async () => expect(await scrape(other.gateway)).toMatchObject({ receipts_deleted_total: 2 }),
      WAIT,
    );
    expect(await database.owner.query('SELECT * FROM spooky_receipt')).toEqual([]);
  });

  it('are counted by result: sign-ins and sign-ups', async () => {
    const signIn = (path: string, variables: object, headers = {}): Promise<Response> =>
      test.post(path, { access: 'account', variables }, headers);
    expect((await signIn('sign-in', { name: 'ada', password: PASSWORD })).status).toBe(200);
    expect((await signIn('sign-in', { name: 'ada', password: 'wrong' })).status).toBe(401);
    expect((await signIn('sign-in', {}, { origin: 'http://evil.example.com' })).status).toBe(403);
    expect((await signIn('sign-up', { name: 'dora', password: PASSWORD })).status).toBe(200);
    expect((await signIn('sign-up', { name: 'dora', password: PASSWORD })).status).toBe(422);
    await grown({
      'sign_ins_total{result="ok"}': 1,
      'sign_ins_total{result="SPOOKY_GATEWAY_INVALID_CREDENTIALS"}': 1,
      'sign_ins_total{result="SPOOKY_GATEWAY_FOREIGN_ORIGIN"}': 1,
      'sign_ups_total{result="ok"}': 1,
      'sign_ups_total{result="SPOOKY_GATEWAY_SIGN_UP_REFUSED"}': 1,
    });
  });

  it('are counted as busy above the limit of sign-ins', async () => {
    const strict = await start(test.database, { session: { signInsPerMinute: 1 } });
    for (let left = 2; left > 0; left -= 1) {
      await strict.post('sign-in', { access: 'account', variables: { name: 'ada', password: PASSWORD } });
    }
    expect(await scrape(strict.gateway)).toMatchObject({
      'sign_ins_total{result="ok"}': 1,
      'sign_ins_total{result="SPOOKY_GATEWAY_BUSY"}': 1,
    });
  });
});

describe('the page', () => {
  it('has metrics of the process, and no name, id or address of a user', async () => {
    const socket = await connect();
    await subscribe(socket, 1, { table: 'project' });
    const { statusUrl } = test.gateway;
    const text = await (await fetch(`${statusUrl}/metrics`)).text();
    expect(text).toContain('\nprocess_resident_memory_bytes ');
    const labels = new Set([...text.matchAll(/\{([a-z]+)="/g)].map(([, label]) => label));
    expect([...labels].toSorted()).toEqual(['end', 'le', 'reason', 'result', 'type', 'version']);
    const [, key = ''] = /=(.*)$/.exec(cookie) ?? [];
    for (const secret of ['ada', 'person', 'project', key, ORIGIN]) expect(text).not.toContain(secret);
  });
});
