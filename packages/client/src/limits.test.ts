import { BODY_MAX_BYTES, FRAME_MAX_BYTES, PAYLOAD_MAX_BYTES } from '@spookify/gateway/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startLimitingProxy } from '../../gateway/src/testing/limiting-proxy.ts';
import { noBrowser } from './auth/browser.ts';
import { tokenTransport } from './auth/session-transport.ts';
import { createClientIn } from './client.ts';
import { Endpoint } from './connection/endpoint.ts';
import { RecordId } from './index.ts';
import { memoryStorage } from './storage/memory-storage.ts';
import { eventually } from './testing/eventually.ts';
import { People, record, type TestClient } from './testing/people.ts';
import { schema } from './testing/schema.ts';
import { startStack, type TestStack } from './testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

const MB_20 = 20_000_000;
const huge = 'x'.repeat(MB_20);

describe('a request over a limit', () => {
  const TOO_LARGE = 'SPOOKY_CLIENT_TOO_LARGE';
  const all: readonly [string, string, (db: TestClient) => unknown][] = [
    ['a payload of 20 MB', TOO_LARGE, (db) => db.run('api', '/spookify', { id: huge })],
    [
      'a payload one byte too long',
      TOO_LARGE,
      (db) => db.run('api', '/spookify', { id: 'x'.repeat(PAYLOAD_MAX_BYTES - 8) }),
    ],
    ['a new record of 20 MB', TOO_LARGE, (db) => db.create('thread', { title: 'x', content: huge })],
    ['an update of 20 MB', TOO_LARGE, (db) => db.update('thread:a', { content: huge })],
    [
      'many fields that are too large together',
      TOO_LARGE,
      (db) => {
        const half = 'x'.repeat(FRAME_MAX_BYTES / 2);
        return db.create('thread', { title: half, content: half });
      },
    ],
    ['a condition of 20 MB', TOO_LARGE, (db) => db.query('thread').where({ title: huge }).build()],
    ['an id of 20 MB', 'SPOOKY_CLIENT_LIMIT', (db) => db.delete(new RecordId('thread', huge))],
    [
      'a list of 2,000 ids',
      'SPOOKY_CLIENT_LIMIT',
      (db) => {
        const ids = Array.from({ length: 2_000 }, (_, n) => new RecordId('thread', n));
        return db
          .query('thread')
          .where({ id: { in: ids } })
          .build();
      },
    ],
    ['a sign-in of 20 MB', TOO_LARGE, (db) => db.auth.signIn('account', { username: 'ada', password: huge })],
    [
      'a sign-up one byte too long',
      TOO_LARGE,
      (db) => db.auth.signUp('account', { password: 'x'.repeat(BODY_MAX_BYTES) }),
    ],
  ];

  it.each(all)('%s is refused with %s, and the page stays fresh', async (_, code, attempt) => {
    const db = await people.newcomer();
    const seen = record(db, db.query('thread').limit(1).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const states: unknown[] = [];
    db.connection.subscribe((state) => states.push(state));
    await expect((async () => attempt(db))()).rejects.toMatchObject({ code });
    // The connection still works, and has been neither lost nor replaced.
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    await db.delete(id);
    expect(states).toEqual([]);
    expect(new Set(seen.kinds)).toEqual(new Set(['loading', 'ready']));
  });

  it('the 257th query of a page fails, and the others stay fresh', async () => {
    const db = await people.newcomer();
    const states: unknown[] = [];
    const all = Array.from({ length: 257 }, (_, n) =>
      record(
        db,
        db
          .query('thread')
          .where({ title: `${n}` })
          .build(),
      ),
    );
    await eventually(() => expect(all.at(-1)?.last.kind).toBe('failed'));
    db.connection.subscribe((state) => states.push(state));
    expect(all.at(-1)?.last.error).toMatchObject({
      code: 'SPOOKY_CLIENT_LIMIT',
      message: expect.stringContaining('256'),
    });
    await eventually(() => expect(all.slice(0, -1).every(({ last }) => last.kind === 'ready')).toBe(true));
    // When there is room again, a retry succeeds.
    for (const { watch } of all.slice(0, 10)) watch();
    await eventually(() => {
      // A retry of a query that loads would begin again.
      if (all.at(-1)?.last.kind === 'failed') all.at(-1)?.watch.retry();
      expect(all.at(-1)?.last.kind).toBe('ready');
    });
    expect(states).toEqual([]);
  });
});

describe('behind a proxy with a smaller limit', () => {
  async function startBehindProxy() {
    const proxy = await startLimitingProxy(stack.url, 20_000);
    onTestFinished(() => proxy.close());
    const store = { token: undefined };
    const environment = (url: string) => ({
      transport: tokenTransport(new Endpoint(url), store),
      browser: noBrowser(),
      name: crypto.randomUUID(),
      storage: memoryStorage(),
    });
    await people.newcomer(environment(stack.url));
    const db = createClientIn(environment(proxy.url), new Endpoint(proxy.url), { schema, url: proxy.url });
    onTestFinished(() => db.close());
    return { db, proxy };
  }

  it('a write that is too large fails once, and the others are made', async () => {
    const { db, proxy } = await startBehindProxy();
    const wait = { optimistic: false } as const;
    const [small, large] = await Promise.allSettled([
      db.create('thread', { title: 'small', content: 'x' }, wait),
      db.create('thread', { title: 'large', content: 'x'.repeat(30_000) }, wait),
    ]);
    expect(large).toMatchObject({ reason: { code: 'SPOOKY_CLIENT_TOO_LARGE' } });
    expect(small).toMatchObject({ value: { title: 'small' } });
    await db.create('thread', { title: 'later', content: 'x' }, wait);
    expect(proxy.opened).toBeLessThanOrEqual(2);
  });

  it('a pending write that is too large is refused, and the others are made', async () => {
    const { db, proxy } = await startBehindProxy();
    const large = await db.create('thread', { title: 'large', content: 'x'.repeat(30_000) });
    const small = await db.create('thread', { title: 'small', content: 'x' });
    await expect(large.saved).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_TOO_LARGE' });
    expect(await small.saved).toMatchObject({ title: 'small' });
    expect(db.sync.state).toMatchObject({ pending: 0, failed: [{ error: { code: 'SPOOKY_CLIENT_TOO_LARGE' } }] });
    expect(proxy.opened).toBeLessThanOrEqual(3);
  });

  it('a query that is too large fails, and the others become fresh again', async () => {
    const { db, proxy } = await startBehindProxy();
    const { id } = await db.create('thread', { title: 'before', content: 'x' });
    const small = record(db, db.query('thread').where({ id }).one().build());
    await eventually(() => expect(small.last.kind).toBe('ready'));
    const titles = Array.from({ length: 900 }, (_, n) => `${n}`.padEnd(30));
    const large = record(
      db,
      db
        .query('thread')
        .where({ title: { in: titles } })
        .build(),
    );
    await eventually(() =>
      expect(large.last).toMatchObject({ kind: 'failed', error: { code: 'SPOOKY_CLIENT_TOO_LARGE' } }),
    );
    await db.update(id, { title: 'after' });
    await eventually(() => expect(small.last).toMatchObject({ kind: 'ready', data: { title: 'after' } }));
    expect([large.last.kind, proxy.opened]).toEqual(['failed', 2]);
  });
});
