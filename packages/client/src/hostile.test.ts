/*
 * What is in the browser's storage, and what arrives from other tabs, may be anything. Nothing may be sent or shown for
 * the wrong user, and the app goes on without the broken entry.
 */
import 'fake-indexeddb/auto';
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TabMessage } from './auth/browser.ts';
import type { ClientEnvironment } from './client.ts';
import type { PendingWrite } from './queue/pending-write.ts';
import { answerOf, endOf } from './storage/indexed-db.ts';
import { openStorage } from './storage/open-storage.ts';
import { type TestBrowser, testBrowser } from './testing/browser.ts';
import { eventually } from './testing/eventually.ts';
import { newName, type OptimisticClient, PASSWORD, People, record } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  people.close();
});
afterAll(() => stack.close());

const tabOf = (browser: TestBrowser): ClientEnvironment => {
  const tab = browser.tab();
  return { ...tab, storage: openStorage(tab.name) };
};
const nameOf = (browser: TestBrowser): string => `spookify:${browser.tab().name}`;
const titlesIn = async (): Promise<string[]> => {
  const [titles] = await stack.query<[string[]]>('SELECT VALUE title FROM thread');
  return titles;
};

/** A pending write as this version stores it. */
function entryOf(user: string, title: string, more: object = {}): PendingWrite & { readonly links: string[] } {
  const key = title.replaceAll(/\W/g, '');
  const id = `thread:${key}`;
  return {
    ...{ key, user, record: id, touches: [id], links: [`${user} ${id}`], madeAt: 1, version: 1, order: 1, guess: {} },
    write: { kind: 'create', id: { $r: ['thread', key] }, fields: { title, content: 'x' } },
    state: { kind: 'waiting' },
    ...more,
  };
}

/** Puts entries into the storage of a browser, behind the back of the client. */
async function tamper(browser: TestBrowser, entries: readonly object[]): Promise<void> {
  const database = await answerOf(indexedDB.open(nameOf(browser)));
  const transaction = database.transaction('writes', 'readwrite');
  const done = endOf(transaction);
  for (const entry of entries) {
    const { order, ...rest } = Object(entry);
    transaction.objectStore('writes').put(rest);
  }
  await done;
  database.close();
}

async function newcomer(browser: TestBrowser): Promise<OptimisticClient> {
  const db = people.optimisticVisitor(tabOf(browser));
  await db.auth.signUp('account', { username: newName(), password: PASSWORD });
  return db;
}

const userOf = ({ auth }: OptimisticClient): string => (auth.state.kind === 'signed-in' ? String(auth.state.user) : '');
const settled = (db: OptimisticClient) =>
  eventually(() => expect(db.sync.state).toMatchObject({ online: true, pending: 0 }));

const BROKEN = (user: string): readonly object[] => [
  { user },
  entryOf(user, 'no state', { state: undefined }),
  entryOf(user, 'a state of the future', { state: { kind: 'postponed' } }),
  entryOf(user, 'a kind of the future', { write: { kind: 'merge', id: { $r: ['thread', 'm'] }, fields: {} } }),
  entryOf(user, 'no touches', { touches: 'thread:a' }),
  entryOf(user, 'another record', { record: 'thread:other', touches: ['thread:other'] }),
  entryOf(user, 'values that cannot be decoded', {
    write: { kind: 'create', id: { $r: ['thread', 'v'] }, fields: { title: { $d: {} } } },
  }),
  entryOf(user, 'a failure without a reason', { state: { kind: 'failed' } }),
];

describe('a storage that was tampered with', () => {
  it('shows and sends what it can read, and leaves the rest alone', async () => {
    const browser = testBrowser(stack.url);
    const first = await newcomer(browser);
    const user = userOf(first);
    first.close();
    const good = entryOf(user, `good ${newName()}`);
    await tamper(browser, [...BROKEN(user), good, entryOf('user:somebody', 'somebody else')]);
    const db = people.optimisticVisitor(tabOf(browser));
    await settled(db);
    await eventually(async () =>
      expect(await titlesIn()).toContain(good.write.kind === 'create' && good.write.fields.title),
    );
    const { saved } = await db.create('thread', { title: 'after', content: 'x' });
    await expect(saved).resolves.toMatchObject({ title: 'after' });
    expect(db.sync.state.failed).toEqual([]);
    for (const { write } of BROKEN(user) as readonly { write?: { fields?: { title: unknown } } }[]) {
      if (write?.fields !== undefined) expect(await titlesIn()).not.toContain(write.fields.title);
    }
    expect(await titlesIn()).not.toContain('somebody else');
  });

  it('does not give the write of another user to a change of the same record', async () => {
    const browser = testBrowser(stack.url);
    const db = await newcomer(browser);
    const user = userOf(db);
    const { id, saved } = await db.create('thread', { title: 'mine', content: 'x' });
    await saved;
    const foreign = entryOf('user:somebody', 'foreign', { record: String(id), touches: [String(id)] });
    await tamper(browser, [{ ...foreign, links: [`${user} ${id}`] }]);
    await (await db.update(id, { title: 'still mine' })).saved;
    expect(await titlesIn()).toContain('still mine');
    expect(await titlesIn()).not.toContain('foreign');
  });

  it('is replaced by memory if a later version of the page has changed it', async () => {
    const browser = testBrowser(stack.url);
    const later = await answerOf(indexedDB.open(nameOf(browser), 99));
    later.close();
    const db = await newcomer(browser);
    const { saved } = await db.create('thread', { title: 'in memory', content: 'x' });
    await expect(saved).resolves.toMatchObject({ title: 'in memory' });
    expect(db.sync.state.durable).toBe(false);
  });

  it('is replaced by memory if it does not answer', async () => {
    const browser = testBrowser(stack.url);
    const environment = tabOf(browser);
    vi.spyOn(indexedDB, 'open').mockImplementation(() => Object.assign(new EventTarget(), {}) as IDBOpenDBRequest);
    const db = people.optimisticVisitor(environment);
    await db.auth.signUp('account', { username: newName(), password: PASSWORD });
    await eventually(() => expect(db.sync.state.online).toBe(true));
    const { saved } = await db.create('thread', { title: 'patient', content: 'x' });
    await expect(saved).resolves.toMatchObject({ title: 'patient' });
    expect(db.sync.state.durable).toBe(false);
  });

  it('is not needed: a private window without IndexedDB and locks writes from memory', async () => {
    const browser = testBrowser(stack.url);
    const environment = tabOf(browser);
    vi.stubGlobal('indexedDB', undefined);
    vi.stubGlobal('navigator', {});
    const db = people.optimisticVisitor(environment);
    await db.auth.signUp('account', { username: newName(), password: PASSWORD });
    const { saved } = await db.create('thread', { title: 'private', content: 'x' });
    await expect(saved).resolves.toMatchObject({ title: 'private' });
    expect(db.sync.state.durable).toBe(false);
  });

  it('that is full refuses the write, shows it no longer, and takes the next one', async () => {
    const db = await newcomer(testBrowser(stack.url));
    const author = new RecordId('user', userOf(db).split(':')[1] ?? '');
    const seen = record(db, db.query('thread').where({ author }).build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await expect(db.create('thread', { title: 'too much', content: 'x' })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_STORAGE',
    });
    expect(seen.last.data).toEqual([]);
    expect(db.sync.state.pending).toBe(0);
    vi.restoreAllMocks();
    const { saved } = await db.create('thread', { title: 'enough room', content: 'x' });
    await saved;
    expect(await titlesIn()).not.toContain('too much');
  });
});

describe('messages that other code of the origin forges', () => {
  it('are ignored unless they have the form of a message about this user', async () => {
    const browser = testBrowser(stack.url);
    const db = await newcomer(browser);
    const user = userOf(db);
    const { browser: forger } = browser.tab();
    const changes: unknown[] = [
      undefined,
      null,
      'text',
      {},
      { user },
      { user, put: 1, removed: [] },
      { user, put: [null], removed: [] },
      { user, put: BROKEN(user), removed: [] },
      { user, put: [], removed: [{}] },
      { user, put: [entryOf('user:somebody', 'forged by somebody')], removed: [] },
      { user: 'user:somebody', put: [entryOf('user:somebody', 'forged')], removed: [] },
      JSON.parse(`{ "user": "${user}", "put": [{ "__proto__": { "user": "${user}" } }], "removed": ["__proto__"] }`),
    ];
    for (const change of changes) forger.send({ kind: 'queue', change } as TabMessage);
    const { saved } = await db.create('thread', { title: 'undisturbed', content: 'x' });
    await saved;
    await settled(db);
    expect(db.sync.state.failed).toEqual([]);
    expect((await titlesIn()).filter((title) => title.startsWith('forged'))).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'user')).toBe(false);
  });
});

describe('a browser that several people use', () => {
  it('never sends or shows the pending writes of the first one under the second one', async () => {
    const browser = testBrowser(stack.url);
    const ada = await newcomer(browser);
    const adas = userOf(ada);
    await stack.stopGateway();
    const title = `of ada ${newName()}`;
    await ada.create('thread', { title, content: 'x' });
    expect(ada.sync.state.pending).toBe(1);
    await stack.startGateway();
    // In another tab, somebody else signs in.
    const bob = people.optimisticVisitor(tabOf(browser));
    await bob.auth.signUp('account', { username: newName(), password: PASSWORD });
    await eventually(() => expect(userOf(ada)).toBe(userOf(bob)));
    const seen = [ada, bob].map((db) => record(db, db.query('thread').build()));
    await eventually(() => expect(seen.map(({ last }) => last.kind)).toEqual(['ready', 'ready']));
    for (const db of [ada, bob]) await settled(db);
    const [owners] = await stack.query<[RecordId[]]>('SELECT VALUE author FROM thread WHERE title = $title', { title });
    // It may have been sent before the other one signed in, as the write of its user.
    for (const owner of owners) expect(String(owner)).toBe(adas);
    expect(ada.sync.state.failed).toEqual([]);
  });

  it('shows nothing of a user that was written into its storage, if the session is of another one', async () => {
    const browser = testBrowser(stack.url);
    const ada = await newcomer(browser);
    const user = userOf(ada);
    ada.close();
    for (const tampered of ['user:bob', 'nonsense', '__proto__:x', '']) {
      browser.flags.user = tampered;
      await tamper(browser, [entryOf('user:bob', 'of bob')]);
      const db = people.optimisticVisitor(tabOf(browser));
      await settled(db);
      expect(userOf(db)).toBe(user);
      await (await db.create('thread', { title: 'of ada', content: 'x' })).saved;
      db.close();
    }
    expect(await titlesIn()).not.toContain('of bob');
  });

  it('keeps writes that are being stored at a sign-out for their user, and sends them at his return', async () => {
    const browser = testBrowser(stack.url);
    const username = newName();
    const db = people.optimisticVisitor(tabOf(browser));
    await db.auth.signUp('account', { username, password: PASSWORD });
    const user = userOf(db);
    const titles = ['one', 'two', 'three'].map((name) => `${name} ${username}`);
    const writes = titles.map((title) => db.create('thread', { title, content: 'x' }));
    for (const write of writes) write.then(({ saved }) => saved.catch(() => undefined)).catch(() => undefined);
    await db.auth.signOut();
    expect(db.sync.state).toMatchObject({ pending: 0, failed: [] });
    await Promise.all(writes);
    await db.auth.signIn('account', { username, password: PASSWORD });
    expect(userOf(db)).toBe(user);
    await eventually(async () => expect(await titlesIn()).toEqual(expect.arrayContaining(titles)));
    const [made] = await stack.query<[string[]]>('SELECT VALUE title FROM thread WHERE title IN $titles', { titles });
    expect(made).toHaveLength(titles.length);
  });

  it('keeps the writes of a session that has ended meanwhile, until its user signs in again', async () => {
    const browser = testBrowser(stack.url);
    const username = newName();
    const db = people.optimisticVisitor(tabOf(browser));
    await db.auth.signUp('account', { username, password: PASSWORD });
    await stack.stopGateway();
    await db.create('thread', { title: `late ${username}`, content: 'x' });
    await stack.endSessions();
    await stack.startGateway();
    await eventually(() => expect(db.auth.state.kind).toBe('signed-out'));
    expect(await titlesIn()).not.toContain(`late ${username}`);
    await db.auth.signIn('account', { username, password: PASSWORD });
    await eventually(async () => expect(await titlesIn()).toContain(`late ${username}`));
    await settled(db);
  });
});
