import 'fake-indexeddb/auto';
import { decodeValue, type WireErrorCode, type WireWrite } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { afterEach, describe, expect, it } from 'vitest';
import { indexedDbStorage } from '../storage/indexed-db-storage.ts';
import { eventually } from '../testing/eventually.ts';
import { stubClient } from '../testing/stub-client.ts';
import type { StubWebSocket } from '../testing/stub-websocket.ts';

type Write = { readonly id: number; readonly key: string; readonly write: WireWrite };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A page with a connection to a gateway that answers when the test says so. */
async function start(browser: Parameters<typeof stubClient>[0] = {}) {
  const client = stubClient({ flags: { user: 'user:ada' }, ...browser });
  closing.push(() => client.db.close());
  client.answers.dial = (socket) => socket.hello();
  await eventually(() => expect(client.db.sync.state.online).toBe(true));
  return { ...client, socket: client.last };
}

const writesOn = (socket: StubWebSocket): readonly Write[] =>
  socket.sent.filter(({ type }) => type === 'write') as unknown as Write[];

/** Waits for a write on the socket. */
function written(socket: StubWebSocket, at: number): Promise<Write> {
  return eventually(() => {
    const found = writesOn(socket)[at];
    if (found === undefined) throw new Error('It was not sent.');
    return found;
  });
}

function refuse(socket: StubWebSocket, { id }: Write, code: WireErrorCode): void {
  socket.frame({ type: 'refused', id, error: { code, message: 'No.' } });
}

describe('a refused write', () => {
  /** A thread, a job about it, and a request for the job. The gateway has refused the thread. */
  async function chain() {
    const { db, socket } = await start();
    const { id: thread } = await db.create('thread', { title: 'x', content: 'y' });
    await db.cancel(await db.run('api', '/spookify', { id: String(thread) }, { assignedTo: thread }));
    refuse(socket, await written(socket, 0), 'SPOOKY_GATEWAY_REFUSED');
    await eventually(() => expect(db.sync.state).toMatchObject({ pending: 0, failed: [{}, {}, {}] }));
    const failures = () =>
      db.sync.state.failed.map(({ kind, error }) => [kind, error.code.slice('SPOOKY_CLIENT_'.length)]);
    return { db, socket, thread, failures };
  }
  const BLOCKED = [
    ['create', 'REFUSED'],
    ['run', 'BLOCKED'],
    ['update', 'BLOCKED'],
  ];

  it('blocks what depends on it, also through others, before that is sent', async () => {
    const { socket, failures } = await chain();
    expect(failures()).toEqual(BLOCKED);
    expect(writesOn(socket)).toHaveLength(1);
  });

  it('blocks what is written later', async () => {
    const { db, socket, thread, failures } = await chain();
    await db.create('comment', { thread, content: 'later' });
    await eventually(() => expect(failures()).toEqual([...BLOCKED, ['create', 'BLOCKED']]));
    await expect(db.create('comment', { thread, content: 'direct' }, { optimistic: false })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_BLOCKED',
    });
    expect(writesOn(socket)).toHaveLength(1);
  });

  it('is tried again with what it blocks, whichever of them is', async () => {
    const { db, socket, thread } = await chain();
    await db.sync.state.failed[2]?.retry();
    expect(db.sync.state).toMatchObject({ pending: 3, failed: [] });
    const again = await written(socket, 1);
    expect(again.write).toMatchObject({ kind: 'create', fields: { title: 'x' } });
    expect(writesOn(socket)).toHaveLength(2);
    const result = { id: again.write.id, title: 'x' };
    socket.frame({ type: 'written', id: again.id, result, visibleIn: 1 });
    expect((await written(socket, 2)).write).toMatchObject({ kind: 'run', payload: { id: String(thread) } });
  });

  it('is discarded with what depends on it, and nothing else', async () => {
    const { db, failures } = await chain();
    await db.sync.state.failed[1]?.discard();
    await eventually(() => expect(failures()).toEqual(BLOCKED.slice(0, 1)));
    await db.sync.state.failed[0]?.discard();
    expect(failures()).toEqual([]);
  });

  it('does not block a later record with the same id', async () => {
    const { db, socket, thread } = await chain();
    await db.create('thread', { id: thread, title: 'better', content: 'y' });
    expect((await written(socket, 1)).write).toMatchObject({ fields: { title: 'better' } });
  });
});

it('a write whose outcome stays unknown is given to the user, and nothing else waits for it', {
  timeout: 60_000,
}, async () => {
  const { db, socket } = await start();
  const { saved } = await db.create('thread', { title: 'x', content: 'y' });
  for (let at = 0; at < 10; at += 1) {
    const { id } = await written(socket, at);
    const error = { code: 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN', message: 'Late.', retryInMs: 1 } as const;
    socket.frame({ type: 'refused', id, error });
  }
  await expect(saved).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
  expect(new Set(writesOn(socket).map(({ key }) => key)).size).toBe(1);
  const key = writesOn(socket)[0]?.key;
  await db.sync.state.failed[0]?.retry();
  expect((await written(socket, 10)).key).toBe(key);
});

it('an update is based on the answer to a direct one that the page does not show yet', async () => {
  const { db, socket } = await start();
  const id = new RecordId('thread', 'a');
  const unwatch = db.watch(db.query('thread').build(), () => undefined);
  const subscription = await eventually(() => {
    const found = socket.sent.find(({ type }) => type === 'subscribe');
    if (found === undefined) throw new Error('Nothing is subscribed.');
    return Number(found.id);
  });
  const row = (title: string) => ({ id: { $r: ['thread', 'a'] as const }, title, content: 'x' });
  socket.frame({ type: 'begin', round: 1, position: 1 });
  socket.frame({ type: 'subscribed', id: subscription, view: 1 });
  const first = row('first');
  socket.frame({
    type: 'snapshot',
    view: 1,
    rows: [[0, 'thread:a', '1', first]],
    lists: [[0, '', [[0, 0, ['thread:a']]]]],
  });
  socket.frame({ type: 'commit', round: 1, position: 1 });
  const direct = db.update(id, { title: 'second' }, { optimistic: false });
  const sent = await written(socket, 0);
  expect(sent.write).toMatchObject({ base: { title: 'first' } });
  socket.frame({ type: 'written', id: sent.id, result: row('second'), visibleIn: 2 });
  await direct;
  await db.update(id, { title: 'third' });
  expect((await written(socket, 1)).write).toMatchObject({ base: { title: 'second' } });
  unwatch();
});

describe('a direct write', () => {
  it('after a reload follows the writes of the earlier visit', async () => {
    const name = crypto.randomUUID();
    const id = new RecordId('thread', 'a');
    const first = stubClient({ flags: { user: 'user:ada' }, name, storage: await indexedDbStorage(name) });
    await first.db.create('thread', { id, title: 'x', content: 'y' });
    first.db.close();
    const { db, answers, sockets } = stubClient({
      flags: { user: 'user:ada' },
      name,
      storage: await indexedDbStorage(name),
    });
    closing.push(() => db.close());
    answers.dial = (socket) => socket.hello();
    const direct = db.update(id, { title: 'z' }, { optimistic: false });
    const socket = await eventually(() => {
      const found = sockets[0]?.stub;
      if (found === undefined) throw new Error('There is no socket.');
      return found;
    });
    const create = await written(socket, 0);
    expect(create.write).toMatchObject({ kind: 'create' });
    expect(writesOn(socket)).toHaveLength(1);
    socket.frame({ type: 'written', id: create.id, result: { id: create.write.id, title: 'x' }, visibleIn: 1 });
    const update = await written(socket, 1);
    expect(update.write).toMatchObject({ kind: 'update', fields: { title: 'z' } });
    socket.frame({ type: 'written', id: update.id, result: { id: create.write.id, title: 'z' }, visibleIn: 1 });
    expect(await direct).toMatchObject({ title: 'z' });
  });

  it('is based on what the database has stored for the writes that it waits for', async () => {
    const { db, socket } = await start();
    const id = new RecordId('thread', 'a');
    await db.create('thread', { id, title: ' one ', content: 'y' });
    const direct = db.update(id, { title: 'two' }, { optimistic: false });
    const create = await written(socket, 0);
    socket.frame({ type: 'written', id: create.id, result: { id: create.write.id, title: 'one' }, visibleIn: 1 });
    const update = await written(socket, 1);
    expect(update.write).toMatchObject({ fields: { title: 'two' }, base: { title: 'one' } });
    socket.frame({ type: 'written', id: update.id, result: { id: create.write.id, title: 'two' }, visibleIn: 1 });
    await direct;
  });

  it('that waits for other writes is not made by the next user', async () => {
    const { db, socket, answers, sockets } = await start();
    const id = new RecordId('thread', 'a');
    await db.create('thread', { id, title: 'x', content: 'y' });
    await written(socket, 0);
    const refused = expect(db.update(id, { title: 'z' }, { optimistic: false })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_SIGNED_OUT',
    });
    answers.dial = (stub) => stub.hello('bob');
    socket.end(1006);
    await eventually(() => expect(String((db.auth.state as { user?: RecordId }).user)).toBe('user:bob'));
    await refused;
    await db.create('thread', { title: 'of Bob', content: 'y' });
    const next = sockets.at(-1)?.stub ?? socket;
    await written(next, 0);
    expect(writesOn(next).map(({ write }) => write.kind)).toEqual(['create']);
  });
});

it('a direct write that waits for other writes ends with the client', async () => {
  const { db, socket } = await start();
  const id = new RecordId('thread', 'a');
  await db.create('thread', { id, title: 'x', content: 'y' });
  await written(socket, 0);
  const refused = expect(db.update(id, { title: 'z' }, { optimistic: false })).rejects.toMatchObject({
    code: 'SPOOKY_CLIENT_CLOSED',
  });
  await new Promise(setImmediate);
  db.close();
  await refused;
});

it('a write stays shown after a reconnect until the list has it', async () => {
  const { db, socket, answers, sockets } = await start();
  const titles: unknown[] = [];
  const unwatch = db.watch(db.query('thread').build(), ({ data }) => titles.push(data?.map(({ title }) => title)));
  answers.dial = () => undefined;
  socket.frame({ type: 'begin', round: 1, position: 1 });
  socket.frame({ type: 'subscribed', id: 1, view: 1 });
  socket.frame({ type: 'snapshot', view: 1, rows: [], lists: [] });
  socket.frame({ type: 'commit', round: 1, position: 1 });
  socket.end(1006);
  await db.create('thread', { title: 'mine', content: 'x' });
  await eventually(() => expect(sockets).toHaveLength(2));
  const next = sockets[1]?.stub ?? socket;
  next.hello();
  const { id, write: sent } = await written(next, 0);
  // The gateway reads the list of a new socket later than the round of the write.
  next.frame({ type: 'written', id, result: { id: sent.id, title: 'mine' }, visibleIn: 1 });
  next.frame({ type: 'begin', round: 1, position: 2 });
  next.frame({ type: 'commit', round: 1, position: 2 });
  await eventually(() => expect(db.sync.state.pending).toBe(0));
  const key = String(decodeValue(sent.id));
  next.frame({ type: 'begin', round: 2, position: 2 });
  next.frame({ type: 'subscribed', id: 2, view: 1 });
  const row = { id: sent.id, title: 'mine' };
  next.frame({ type: 'snapshot', view: 1, rows: [[0, key, '1', row]], lists: [[0, '', [[0, 0, [key]]]]] });
  next.frame({ type: 'commit', round: 2, position: 2 });
  const shown = titles.slice(titles.findIndex((list) => Array.isArray(list) && list.length > 0));
  expect(shown.length).toBeGreaterThan(1);
  for (const list of shown) expect(list).toEqual(['mine']);
  unwatch();
});

it('a job that waits for a connection does not hold up a later write of its record', async () => {
  const { db, socket, answers } = await start();
  answers.dial = () => undefined;
  socket.end(1006);
  await eventually(() => expect(db.sync.state.online).toBe(false));
  const assignedTo = new RecordId('thread', 'a');
  const job = db.run('api', '/spookify', { id: 'thread:a' }, { assignedTo, optimistic: false });
  const failed = expect(job).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
  await db.update(assignedTo, { title: 'x' });
  expect(db.sync.state.pending).toBe(1);
  db.close();
  await failed;
});

it('asks for one round at a time, however many writes another tab makes', async () => {
  const name = crypto.randomUUID();
  const storage = await indexedDbStorage(name);
  const tabs = [await start({ name, storage }), await start({ name, storage })] as const;
  const [{ db, socket, browser }, other] = tabs;
  browser.send = (message) => other.sendFromOtherTab(message);
  const syncs = () => other.socket.sent.filter(({ type }) => type === 'sync');
  for (let at = 0; at < 4; at += 1) {
    await db.create('thread', { title: String(at), content: 'x' });
    const { id, write } = await written(socket, at);
    socket.frame({ type: 'written', id, result: { id: write.id, title: String(at) }, visibleIn: 1 });
    await eventually(() => expect(other.db.sync.state.pending).toBe(0));
  }
  expect(syncs()).toHaveLength(1);
  other.socket.frame({ type: 'synced', id: Number(syncs()[0]?.id), visibleIn: 1 });
  await eventually(() => expect(syncs()).toHaveLength(2));
});

describe('of two tabs', () => {
  it('one sends, and the other one when the first has lost its connection', async () => {
    const name = crypto.randomUUID();
    const storage = await indexedDbStorage(name);
    const first = await start({ name, storage });
    const second = await start({ name, storage });
    await second.db.create('thread', { title: 'x', content: 'y' });
    first.answers.dial = () => undefined;
    first.socket.end(1006);
    const { write } = await written(second.socket, 0);
    expect(write).toMatchObject({ kind: 'create' });
    expect(writesOn(first.socket)).toEqual([]);
  });

  it('each sends its own writes if their browser has no common storage', async () => {
    const name = crypto.randomUUID();
    const first = await start({ name });
    const second = await start({ name });
    second.browser.send = (message) => first.sendFromOtherTab(message);
    const { saved } = await second.db.create('thread', { title: 'x', content: 'y' });
    const { id, write } = await written(second.socket, 0);
    second.socket.frame({ type: 'written', id, result: { id: write.id, title: 'x' }, visibleIn: 1 });
    await expect(saved).resolves.toMatchObject({ title: 'x' });
    expect(writesOn(first.socket)).toEqual([]);
    expect(first.db.sync.state.pending).toBe(0);
  });
});
