/** The write signal: who may wait for it, what raises it, and what a waiter costs others. */
import { describe, expect, it, vi } from 'vitest';
import { connectGuest, connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { applyFixture, signUpFixture } from '../testing/notes-fixture.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';
import { WriteSignal } from '../write-signal/write-signal.ts';

const credentials = [{ user: root.username, pass: root.password }];
/** Longer than any test, so an answer means that a write happened. */
const LONG_MS = 60_000;

async function start(options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options);
  const admin = await connectRoot(server.url);
  await applyFixture(admin);
  const waiter = await RawClient.connect(server.url);
  await waiter.call('signin', credentials);
  const value = async () => (await waiter.call('write_signal')).result as number;
  return { server, admin, waiter, value };
}

/** Whether the signal rises while `work` runs, read without waiting. */
async function rises(value: () => Promise<number>, work: () => PromiseLike<unknown>): Promise<boolean> {
  const before = await value();
  await work();
  return (await value()) > before;
}

const http = (url: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}${path}`, { headers });
const basic = { authorization: `Basic ${Buffer.from(`${root.username}:${root.password}`).toString('base64')}` };

describe('a waiter', () => {
  it('wakes up when another connection writes, over the socket and over HTTP', async () => {
    const { server, admin, waiter, value } = await start();
    const before = await value();
    const overSocket = waiter.call('write_signal', [before, LONG_MS]);
    const overHttp = http(server.url, `/write-signal?since=${before}&timeout=${LONG_MS}`, basic);
    await admin.query('CREATE note:1 SET text = "a"');
    expect((await overSocket).result).toBeGreaterThan(before);
    const answer = await overHttp;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toBeGreaterThan(before);
  });

  it('gets an answer at once for another value, and the same value after the timeout', async () => {
    const { waiter, value } = await start();
    const current = await value();
    expect((await waiter.call('write_signal', [0, LONG_MS])).result).toBe(current);
    expect((await waiter.call('write_signal', [current, 1])).result).toBe(current);
  });

  it('gets an answer after a restart, because the counter starts at another value', async () => {
    const first = await start();
    const before = await first.value();
    await first.server.close();
    const second = await start();
    const { result } = await second.waiter.call('write_signal', [before, LONG_MS]);
    expect(result).toBeGreaterThan(before);
  });

  it('does not delay the close of the server, and ends with its connection', async () => {
    const { server, waiter, value } = await start({ closeTimeoutMs: LONG_MS });
    const before = await value();
    const waits = vi.spyOn(WriteSignal.prototype, 'wait');
    const overHttp = http(server.url, `/write-signal?since=${before}&timeout=${LONG_MS}`, basic);
    void waiter.call('write_signal', [before, LONG_MS]);
    await vi.waitFor(() => expect(waits).toHaveBeenCalledTimes(2), 20_000);
    await server.close();
    expect((await overHttp).status).toBe(200);
    expect(waiter.socket.readyState).not.toBe(waiter.socket.OPEN);
  });

  it('does not count as a running request and holds no turn of its session', async () => {
    const { admin, waiter, value } = await start({ limits: { concurrentRequests: 1, writeSignalWaits: 3 } });
    const before = await value();
    for (const id of ['wait 1', 'wait 2', 'wait 3', 'one too many']) {
      void waiter.call('write_signal', [before, LONG_MS], { id });
    }
    void waiter.call('invalidate', [], { id: 'invalidate' });
    const answered = () => waiter.answers.map(({ id, error }) => [id, error?.message]);
    await vi.waitFor(
      () =>
        expect(answered().slice(-2)).toEqual([
          ['one too many', 'Too many requests wait for the write signal'],
          ['invalidate', undefined],
        ]),
      20_000,
    );
    await admin.query('CREATE note:1 SET text = "a"');
    await vi.waitFor(
      () =>
        expect(
          answered()
            .slice(-3)
            .map(([id]) => id),
        ).toEqual(['wait 1', 'wait 2', 'wait 3']),
      20_000,
    );
  });
});

describe('a connection', () => {
  it('is not woken by its own writes, which wake others and do not change its value', async () => {
    const { server, admin, waiter, value } = await start();
    await waiter.call('use', [names.namespace, names.database]);
    const own = await value();
    const first = await http(server.url, '/write-signal', basic);
    const overHttp = http(server.url, `/write-signal?since=${await first.text()}&timeout=${LONG_MS}`, basic);
    /** The answer with this id. While one request waits, answers arrive out of order. */
    const ask = async (id: string, method: string, params: unknown[] = []): Promise<RawAnswer> => {
      void waiter.call(method, params, { id });
      return vi.waitFor(() => {
        const answer = waiter.answers.find((some) => some.id === id);
        if (answer === undefined) throw new Error(`no answer to ${id}`);
        return answer;
      }, 20_000);
    };
    const woken = ask('woken', 'write_signal', [own, LONG_MS]);
    const transaction = (await ask('begin', 'begin')).result;
    await ask('first', 'query', ['UPSERT note:1 SET text = "a"']);
    await ask('second', 'create', ['note', { text: 'b' }]);
    expect((await ask('commit', 'commit', [transaction])).error).toBeUndefined();
    expect((await overHttp).status).toBe(200);
    expect((await ask('timeout', 'write_signal', [own, 1])).result).toBe(own);
    expect(waiter.answers.map(({ id }) => id)).not.toContain('woken');
    await admin.query('CREATE note:2 SET text = "c"');
    expect((await woken).result).toBe(own + 1);
  });

  it('gets an answer for an earlier connection’s value only if something was written since', async () => {
    const { server, admin, waiter } = await start();
    await waiter.call('use', [names.namespace, names.database]);
    const { result: before } = await waiter.call('write_signal');
    const connect = async () => {
      const client = await RawClient.connect(server.url);
      await client.call('signin', credentials);
      await client.call('use', [names.namespace, names.database]);
      return client;
    };
    const [idle, busy] = [await connect(), await connect()];
    expect((await idle.call('write_signal', [before, 1])).result).toBe(before);
    await admin.query('CREATE note:1 SET text = "a"');
    await busy.call('query', ['CREATE note:2 SET text = "b"']);
    expect((await busy.call('write_signal', [before, LONG_MS])).result).not.toBe(before);
  });
});

describe('the write signal', () => {
  it('rises with every statement that writes, and with no other', async () => {
    const { admin, value } = await start();
    const writes: Record<string, () => PromiseLike<unknown>> = {
      query: () => admin.query('UPSERT note:2 SET text = "b"'),
      'a block': () => admin.query('{ LET $x = 1; update note set text = "c" }'),
      'a function': () => admin.query('RETURN fn::make_note()'),
      schema: () => admin.query('DEFINE TABLE other'),
      import: () => admin.import('CREATE note:9 SET text = "d"'),
    };
    for (const [name, work] of Object.entries(writes)) expect(await rises(value, work), name).toBe(true);
    const reads: Record<string, () => PromiseLike<unknown>> = {
      select: () => admin.query('SELECT *, created_at FROM note WHERE text != "x" ORDER BY created_at'),
      info: () => admin.query('INFO FOR DB'),
      'live and kill': async () => {
        const [live] = await admin.query<[object]>('LIVE SELECT * FROM note');
        await admin.query('KILL $live', { live });
      },
      ping: () => admin.version(),
    };
    for (const [name, work] of Object.entries(reads)) expect(await rises(value, work), name).toBe(false);
  });

  it('rises with the RPC methods that write', async () => {
    const { server, value } = await start();
    const writer = await RawClient.connect(server.url);
    await writer.call('signin', credentials);
    await writer.call('use', [names.namespace, names.database]);
    const calls: [string, unknown[]][] = [
      ['create', ['note', { text: 'a' }]],
      ['insert', ['note', [{ text: 'b' }]]],
      ['update', ['note', { text: 'c' }]],
      ['upsert', ['note', { text: 'd' }]],
      ['merge', ['note', { text: 'e' }]],
      ['patch', ['note', []]],
      ['delete', ['note']],
      ['run', ['fn::make_note']],
    ];
    for (const [method, params] of calls) {
      expect(await rises(value, () => writer.call(method, params)), method).toBe(true);
    }
    expect(await rises(value, () => writer.call('select', ['note']))).toBe(false);
  });

  it('rises with the commit of a transaction, not with its statements', async () => {
    const { admin, value } = await start();
    const transaction = await admin.beginTransaction();
    expect(await rises(value, () => transaction.query('CREATE note:7 SET text = "x"'))).toBe(false);
    expect(await rises(value, () => transaction.commit())).toBe(true);
    const cancelled = await admin.beginTransaction();
    expect(await rises(value, () => cancelled.query('CREATE note:8 SET text = "x"'))).toBe(false);
    expect(await rises(value, () => cancelled.cancel())).toBe(false);
  });

  it('rises with a sign-up', async () => {
    const { server, value } = await start();
    expect(await rises(value, () => signUpFixture(server.url, 'eve'))).toBe(true);
  });
});

describe('other users', () => {
  it('may not wait as guests or record users, over the socket or over HTTP', async () => {
    const { server } = await start();
    const guest = await RawClient.connect(server.url);
    expect(await guest.call('write_signal')).toMatchObject({ error: { kind: 'NotAllowed' } });
    expect((await http(server.url, '/write-signal')).status).toBe(403);
    const person = await signUpFixture(server.url, 'eve');
    const raw = await RawClient.connect(server.url);
    await raw.call('authenticate', [person.token]);
    expect(await raw.call('write_signal', [0])).toMatchObject({ error: { kind: 'NotAllowed' } });
    expect((await http(server.url, '/write-signal', { authorization: `Bearer ${person.token}` })).status).toBe(403);
  });

  it('may not wait after their session has expired', async () => {
    const { server, admin } = await start();
    await admin.query('DEFINE USER brief ON ROOT PASSWORD "brief" ROLES VIEWER DURATION FOR SESSION 1s');
    const brief = await RawClient.connect(server.url);
    // On a slow machine a session can expire before its first request; then another one is tried.
    await vi.waitFor(async () => {
      await brief.call('signin', [{ user: 'brief', pass: 'brief' }]);
      expect(await brief.call('write_signal', [0])).toHaveProperty('result');
    }, 20_000);
    const expired = { error: { kind: 'NotAllowed', message: 'The session has expired' } };
    await vi.waitFor(async () => expect(await brief.call('write_signal', [0])).toMatchObject(expired), 20_000);
    expect(await brief.call('query', ['RETURN 1'])).toMatchObject(expired);
  });

  it('cannot raise it as guests', async () => {
    const { server, value } = await start();
    const guest = await connectGuest(server.url);
    const writes = () => Promise.allSettled([guest.query('CREATE note'), guest.query('DEFINE TABLE x')]);
    expect(await rises(value, writes)).toBe(false);
  });
});

it('wakes a thousand waiters on twenty connections with one value', async () => {
  const { server, admin, value } = await start();
  const before = await value();
  const clients = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const client = await RawClient.connect(server.url);
      await client.call('signin', credentials);
      return client;
    }),
  );
  const waits = clients.flatMap((client) =>
    Array.from({ length: 50 }, () => client.call('write_signal', [before, LONG_MS])),
  );
  await admin.query('CREATE note:1 SET text = "a"');
  const answers = await Promise.all(waits);
  expect(answers).toHaveLength(1000);
  const values = new Set(answers.map(({ result }) => result));
  expect(values.size).toBe(1);
});
