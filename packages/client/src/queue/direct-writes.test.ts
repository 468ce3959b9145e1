import 'fake-indexeddb/auto';
import { FRAME_MAX_BYTES, type WireErrorBody } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { indexedDbStorage } from '../storage/indexed-db-storage.ts';
import { memoryStorage } from '../storage/memory-storage.ts';
import { eventually } from '../testing/eventually.ts';
import { openTab, type SentWrite, writesOn, written } from '../testing/stub-tab.ts';
import type { StubWebSocket } from '../testing/stub-websocket.ts';

afterEach(() => void vi.useRealTimers());

const ID = new RecordId('thread', 'a');
const WAIT = { optimistic: false } as const;

function accept(socket: StubWebSocket, { id }: SentWrite, title: string, visibleIn = 1): void {
  socket.frame({ type: 'written', id, result: { id: { $r: ['thread', 'a'] }, title }, visibleIn });
}

function refuse(socket: StubWebSocket, { id }: SentWrite, error: Partial<WireErrorBody>): void {
  const body: WireErrorBody = { code: 'SPOOKY_GATEWAY_REFUSED', message: 'No.', retryInMs: 1, ...error };
  socket.frame({ type: 'refused', id, error: body });
}

/** Opens another socket when this one has ended. */
async function reconnected({ sockets }: Awaited<ReturnType<typeof openTab>>, count = 2): Promise<StubWebSocket> {
  return await eventually(() => {
    const next = sockets[count - 1]?.stub;
    if (next === undefined) throw new Error('There is no other socket.');
    return next;
  });
}

describe('a direct write', () => {
  it('resolves with the stored row, and is neither shown nor counted before', async () => {
    const { db, socket } = await openTab();
    const titles: unknown[] = [];
    const query = db.query('thread').where({ id: ID }).one().build();
    const unwatch = db.watch(query, ({ data }) => titles.push(data?.title));
    const made = db.create('thread', { id: ID, title: ' x ', content: 'y' }, WAIT);
    const sent = await written(socket, 0);
    expect(sent).toMatchObject({ key: expect.stringMatching(/^\w{20}$/), write: { kind: 'create' } });
    expect([titles, db.sync.state.pending]).toEqual([[undefined], 0]);
    accept(socket, sent, 'x');
    expect(await made).toEqual({ id: ID, title: 'x' });
    expect(titles.at(-1)).toBe('x');
    unwatch();
  });

  it('that a round shows does not uncover what the same round changes', async () => {
    const { db, socket } = await openTab();
    const titles: unknown[] = [];
    const unwatch = db.watch(db.query('thread').build(), ({ data }) => titles.push(data?.[0]?.title));
    const change = (title: string) => ({
      view: 1,
      rows: [[0, 'thread:a', title, { id: { $r: ['thread', 'a'] }, title }]],
    });
    socket.frame({ type: 'begin', round: 1, position: 1 });
    socket.frame({ type: 'subscribed', id: 1, view: 1 });
    socket.frame({ type: 'snapshot', ...change('one'), lists: [[0, '', [[0, 0, ['thread:a']]]]] } as never);
    socket.frame({ type: 'commit', round: 1, position: 1 });
    await db.update(ID, { title: 'two' });
    const direct = db.delete(new RecordId('thread', 'b'), WAIT);
    for (const at of [0, 1]) {
      const { id } = await written(socket, at);
      socket.frame({ type: 'written', id, result: null, visibleIn: 2 });
    }
    await direct;
    socket.frame({ type: 'begin', round: 2, position: 2 });
    socket.frame({ type: 'delta', ...change('two'), lists: [] } as never);
    socket.frame({ type: 'commit', round: 2, position: 2 });
    await eventually(() => expect(db.sync.state.pending).toBe(0));
    expect([...new Set(titles)]).toEqual([undefined, 'one', 'two']);
    expect(titles.slice(titles.indexOf('two'))).not.toContain('one');
    unwatch();
  });

  it('is refused with the reason of the gateway, and waits for nobody', async () => {
    const { db, socket } = await openTab();
    const made = db.delete(ID, WAIT);
    refuse(socket, await written(socket, 0), { reason: 'not-yours' });
    await expect(made).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED', message: 'No.', reason: 'not-yours' });
    expect(db.sync.state).toMatchObject({ pending: 0, failed: [] });
  });

  it('that a later one replaces is refused all the same', async () => {
    const { db, socket } = await openTab();
    const first = db.update(ID, { title: 'one' }, WAIT);
    const second = db.update(ID, { title: 'two' }, WAIT);
    refuse(socket, await written(socket, 0), {});
    await expect(first).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
    accept(socket, await written(socket, 1), 'two');
    expect(await second).toMatchObject({ title: 'two' });
    expect(writesOn(socket)).toHaveLength(2);
  });

  it('is sent again on the next connection with its key', async () => {
    const tab = await openTab();
    const made = tab.db.delete(ID, WAIT);
    const first = await written(tab.socket, 0);
    tab.socket.end(1006);
    const next = await reconnected(tab);
    const second = await written(next, 0);
    expect(second).toEqual({ ...first, id: second.id });
    next.frame({ type: 'written', id: second.id, result: null, visibleIn: 1 });
    expect(await made).toBeNull();
  });

  it('is sent again if the gateway is busy or does not know the outcome', async () => {
    const { db, socket } = await openTab();
    const made = db.update(ID, { title: 'x' }, WAIT);
    refuse(socket, await written(socket, 0), { code: 'SPOOKY_GATEWAY_BUSY' });
    refuse(socket, await written(socket, 1), { code: 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN' });
    accept(socket, await written(socket, 2), 'x');
    await made;
    expect(new Set(writesOn(socket).map(({ key }) => key)).size).toBe(1);
  });

  it('is never made for another user', async () => {
    const tab = await openTab();
    const unsent = tab.db.update(ID, { title: 'two' }, WAIT);
    const unanswered = tab.db.update(new RecordId('thread', 'b'), { title: 'x' }, WAIT);
    const [first] = [await written(tab.socket, 0), await written(tab.socket, 1)];
    refuse(tab.socket, first, { code: 'SPOOKY_GATEWAY_BUSY', retryInMs: 60_000 });
    const outcomes = Promise.allSettled([unsent, unanswered]);
    tab.answers.dial = (stub) => stub.hello('bob');
    tab.socket.end(1006);
    expect(await outcomes).toMatchObject([
      { reason: { code: 'SPOOKY_CLIENT_SIGNED_OUT' } },
      { reason: { code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' } },
    ]);
    expect(writesOn(await reconnected(tab))).toEqual([]);
  });

  it('that is too large after it was sent once has an unknown outcome', async () => {
    const tab = await openTab();
    const made = tab.db.update(ID, { title: 'x' }, WAIT);
    await written(tab.socket, 0);
    tab.socket.end(1006);
    const next = await reconnected(tab);
    await written(next, 0);
    next.end(1009);
    await expect(made).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
  });

  it('that is too large is not sent', async () => {
    const { db, socket } = await openTab();
    const half = 'x'.repeat(FRAME_MAX_BYTES / 2);
    await expect(db.create('thread', { title: half, content: half }, WAIT)).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_TOO_LARGE',
      message: expect.stringContaining(`at most ${FRAME_MAX_BYTES}`),
    });
    expect(writesOn(socket)).toEqual([]);
  });

  it('is made although the storage fails, and is not stored', async () => {
    const storage = memoryStorage();
    let isBroken = false;
    const change: typeof storage.writes.change = async (...given) => {
      if (isBroken) throw new DOMException('The disk is full.', 'QuotaExceededError');
      return await storage.writes.change(...given);
    };
    const { db, socket } = await openTab({ storage: { ...storage, writes: { ...storage.writes, change } } });
    isBroken = true;
    const made = db.update(ID, { title: 'x' }, WAIT);
    accept(socket, await written(socket, 0), 'x');
    expect(await made).toMatchObject({ title: 'x' });
    expect(await storage.writes.all('user:ada')).toEqual([]);
  });

  it('is sent by the tab that makes it, whichever sends the others', async () => {
    const name = crypto.randomUUID();
    const storage = await indexedDbStorage(name);
    const first = await openTab({ name, storage });
    const second = await openTab({ name, storage });
    const made = second.db.update(ID, { title: 'x' }, WAIT);
    accept(second.socket, await written(second.socket, 0), 'x');
    await made;
    expect(writesOn(first.socket)).toEqual([]);
  });
});

describe('the order of direct writes', () => {
  it('is that in which they were made, with at most 32 under way', async () => {
    const { db, socket } = await openTab();
    const made = Array.from({ length: 80 }, (_, at) =>
      db.update(new RecordId('thread', at), { title: `${at}` }, { ...WAIT, base: false }),
    );
    for (let at = 0; at < made.length; at += 1) {
      const { id, write } = await written(socket, at);
      expect(write).toMatchObject({ fields: { title: `${at}` } });
      expect(writesOn(socket).length - at).toBeLessThanOrEqual(32);
      socket.frame({ type: 'written', id, result: { title: `${at}` }, visibleIn: 1 });
    }
    expect(await Promise.all(made)).toHaveLength(80);
  });

  it('puts them after writes of the same record that are shown already, and after each other', async () => {
    const { db, socket } = await openTab();
    const { saved } = await db.create('thread', { id: ID, title: 'one', content: 'y' });
    const second = db.update(ID, { title: 'two' }, WAIT);
    const third = db.update(ID, { title: 'three' }, WAIT);
    const other = db.update(new RecordId('thread', 'b'), { title: 'x' }, WAIT);
    const create = await written(socket, 0);
    expect((await written(socket, 1)).write).toMatchObject({ id: { $r: ['thread', 'b'] } });
    accept(socket, create, 'one');
    await saved;
    const update = await written(socket, 2);
    expect(update.write).toMatchObject({ fields: { title: 'two' }, base: { title: 'one' } });
    expect(writesOn(socket)).toHaveLength(3);
    accept(socket, update, 'TWO');
    await second;
    const last = await written(socket, 3);
    // People do not conflict with themselves.
    expect(last.write).toMatchObject({ fields: { title: 'three' }, base: { title: 'TWO' } });
    accept(socket, last, 'three');
    await third;
    accept(socket, await written(socket, 1), 'x');
    await other;
  });

  it('waits for a write that is just being stored', async () => {
    const { db, socket } = await openTab();
    const shown = db.update(ID, { title: 'one' }, { base: false });
    const direct = db.update(ID, { title: 'two' }, WAIT);
    await shown;
    accept(socket, await written(socket, 0), 'one');
    accept(socket, await written(socket, 1), 'two');
    await direct;
    expect(writesOn(socket).map(({ write }) => 'fields' in write && write.fields.title)).toEqual(['one', 'two']);
  });
});

describe('a direct write that cannot be made', () => {
  const limit = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  async function openFakeTab() {
    const tab = await openTab();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    return tab;
  }
  /** The error that a promise rejects with. */
  const errorOf = (made: Promise<unknown>): Promise<unknown> =>
    made.then(
      () => 'It was made.',
      (error) => error,
    );

  it('fails after ten seconds without a connection, with the reason', async () => {
    const { db, socket, answers } = await openFakeTab();
    answers.dial = () => undefined;
    socket.end(1006);
    await limit(0);
    const error = errorOf(db.update(ID, { title: 'x' }, WAIT));
    await limit(10_100);
    expect(await error).toMatchObject({
      code: 'SPOOKY_CLIENT_NOT_CONNECTED',
      message: expect.stringContaining('http://gateway.test'),
    });
    expect(writesOn(socket)).toEqual([]);
  });

  it('fails after ten seconds if the gateway is busy, and was not made', async () => {
    const { db, socket } = await openFakeTab();
    const error = errorOf(db.update(ID, { title: 'x' }, WAIT));
    await limit(0);
    refuse(socket, writesOn(socket)[0] as SentWrite, { code: 'SPOOKY_GATEWAY_BUSY', retryInMs: 60_000 });
    await limit(10_100);
    expect(await error).toMatchObject({
      code: 'SPOOKY_CLIENT_NOT_CONNECTED',
      message: expect.stringContaining('Nothing was written'),
    });
  });

  it('has an unknown outcome after thirty seconds without an answer', async () => {
    const { db, socket } = await openFakeTab();
    let isOver = false;
    const error = errorOf(db.update(ID, { title: 'x' }, WAIT)).finally(() => {
      isOver = true;
    });
    await limit(20_000);
    expect([isOver, writesOn(socket).length]).toEqual([false, 1]);
    await limit(10_100);
    expect(await error).toMatchObject({ code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' });
  });

  it('fails when the client is closed', async () => {
    const { db, socket } = await openTab();
    const sent = errorOf(db.update(ID, { title: 'x' }, WAIT));
    await written(socket, 0);
    const waiting = errorOf(db.update(ID, { title: 'y' }, WAIT));
    await Promise.resolve();
    db.close();
    expect([await sent, await waiting]).toMatchObject([
      { code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN' },
      { code: 'SPOOKY_CLIENT_CLOSED' },
    ]);
    expect(await errorOf(db.update(ID, { title: 'z' }, WAIT))).toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
  });
});
