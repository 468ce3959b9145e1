import { FRAME_MAX_BYTES } from '@spookify/gateway/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RecordId } from './index.ts';
import { eventually } from './testing/eventually.ts';
import { People, record } from './testing/people.ts';
import { startStack, suggest, type TestStack } from './testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

describe('writing', () => {
  it('makes a job before the record that it is about is deleted', async () => {
    const db = await people.optimisticNewcomer();
    const { id } = await db.create('thread', { title: 'A house', content: 'It creaks.' });
    await Promise.all([db.run('api', '/spookify', { id: String(id) }, { assignedTo: id }), db.delete(id)]);
    await eventually(() => expect(db.sync.state.pending).toBe(0));
    expect(db.sync.state.failed).toEqual([]);
  });

  it('creates, updates and deletes a record, and returns it as stored', async () => {
    const db = await people.newcomer();
    const thread = await db.create('thread', { title: '  A house ', content: 'It creaks.' });
    expect(thread).toMatchObject({ title: 'A house', content: 'It creaks.' });
    expect(db.auth.state).toEqual({ kind: 'signed-in', user: thread.author });
    expect(await db.update(thread.id, { title: 'A barn' })).toMatchObject({ title: 'A barn', content: 'It creaks.' });
    await db.delete(thread.id);
    await expect(db.delete(thread.id)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
  });

  it('sends many writes of the maximum size at once, on one connection', async () => {
    const db = await people.newcomer();
    // The first write opens the connection.
    await db.create('thread', { title: 'first', content: 'x' });
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    const content = 'x'.repeat(FRAME_MAX_BYTES - 1_000);
    const threads = await Promise.all(
      Array.from({ length: 8 }, (_, n) => db.create('thread', { title: `${n}`, content })),
    );
    expect(threads.map(({ content: { length } }) => length)).toEqual(Array(8).fill(content.length));
    expect(states.filter((kind) => kind !== 'connected')).toEqual([]);
  });

  it('removes a field with undefined', async () => {
    const db = await people.newcomer();
    const { id: thread } = await db.create('thread', { title: 'A house', content: 'It creaks.' });
    const id = await suggest(stack, thread, { title: 'The House', content: 'It groans.' });
    const query = db.query('suggestion').where({ id }).one().build();
    const seen = record(db, query);
    await eventually(() => expect(seen.last.data?.title).toBe('The House'));
    const after = await db.update(id, { title: undefined });
    expect(after).toMatchObject({ content: 'It groans.' });
    expect('title' in after).toBe(false);
    await eventually(() => expect(seen.last.data?.title).toBeUndefined());
  });

  it('accepts record ids as text and returns RecordIds', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { id: 'thread:⟨a house⟩', title: 'A house', content: 'x' });
    expect(id).toEqual(new RecordId('thread', 'a house'));
    const comment = await db.create('comment', { thread: 'thread:⟨a house⟩', content: 'thread:abc' });
    expect(comment).toMatchObject({ thread: id, content: 'thread:abc' });
    expect(await db.update('thread:⟨a house⟩', { title: 'A barn' })).toMatchObject({ id, title: 'A barn' });
    const seen = record(db, db.query('comment').where({ thread: 'thread:⟨a house⟩' }).build());
    await eventually(() => expect(seen.last.data).toMatchObject([{ id: comment.id }]));
    await db.delete('thread:⟨a house⟩');
    await eventually(() => expect(seen.last.data).toEqual([]));
  });

  it('reports that an id exists', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const { id } = await ada.create('thread', { title: 'Mine', content: 'x' });
    for (const db of [ada, bob]) {
      await expect(db.create('thread', { id, title: 'Again', content: 'x' })).rejects.toMatchObject({
        code: 'SPOOKY_CLIENT_ALREADY_EXISTS',
      });
    }
  });

  it('refuses 20 MB before anything is sent, without effect on queries', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    const seen = record(db, db.query('thread').where({ id }).one().build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    const large = 'x'.repeat(20_000_000);
    const limits = [
      [db.update(id, { content: large }), /at most 262144/],
      [db.run('api', '/spookify', { id: large }), /at most 65536/],
    ] as const;
    for (const [attempt, message] of limits) {
      await expect(attempt).rejects.toMatchObject({
        code: 'SPOOKY_CLIENT_TOO_LARGE',
        message: expect.stringMatching(message),
      });
    }
    await db.update(id, { title: 'y' });
    await eventually(() => expect(seen.last.data?.title).toBe('y'));
    expect([states, new Set(seen.kinds)]).toEqual([[], new Set(['loading', 'ready'])]);
  });

  it('reports that the permissions do not allow a write', async () => {
    const ada = await people.newcomer();
    const bob = await people.newcomer();
    const { id } = await ada.create('thread', { title: 'Mine', content: 'x' });
    await expect(bob.update(id, { title: 'Yours' })).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
    await expect(bob.delete(id)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
  });

  it('reports what the database refuses', async () => {
    const db = await people.newcomer();
    await expect(db.create('thread', { title: '', content: 'x' })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_DATABASE',
      message: expect.stringContaining('title'),
    });
  });

  it('needs a signed-in user', async () => {
    const db = people.visitor();
    await expect(db.create('thread', { title: 'x', content: 'x' })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_SIGNED_OUT',
    });
  });
});

describe('run', () => {
  it('inserts one job, with a RecordId in the payload as text', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    const job = await db.run(
      'api',
      '/spookify',
      { id },
      { assignedTo: id, max_retries: 5, retry_strategy: 'exponential' },
    );
    const [[row]] = await stack.query<[[Record<string, unknown>]]>('SELECT * FROM $job', { job });
    expect(row).toMatchObject({
      assigned_to: id,
      path: '/spookify',
      payload: { id: id.toString() },
      max_retries: 5,
      retry_strategy: 'exponential',
      status: 'pending',
      retries: 0,
    });
  });

  it('delays a job by the clock of the database, and lets its owner cancel it', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2090-01-01T00:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const db = await people.newcomer();
    const job = await db.run('api', '/spookify', { id: 'thread:abc' }, { delay: 3_600_000 });
    const isLater = 'SELECT VALUE run_at > time::now() AND run_at <= time::now() + 1h FROM $job';
    expect(await stack.query(isLater, { job })).toEqual([[true]]);
    expect(await db.update(job as RecordId<'job'>, { request: 'cancel' })).toMatchObject({ request: 'cancel' });
  });

  it('uses three linear retries by default', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    const job = await db.run('api', '/spookify', { id }, { timeout: 5000 });
    const [[row]] = await stack.query<[[Record<string, unknown>]]>('SELECT *, <string>timeout AS timeout FROM $job', {
      job,
    });
    expect(row).toMatchObject({ max_retries: 3, retry_strategy: 'linear', timeout: '5s' });
    expect(row).not.toHaveProperty('assigned_to');
  });

  it('refuses a job about another user’s thread', async () => {
    const ada = await people.newcomer();
    const bob = await people.newcomer();
    const { id } = await ada.create('thread', { title: 'Mine', content: 'x' });
    await expect(bob.run('api', '/spookify', { id }, { assignedTo: id })).rejects.toMatchObject({
      code: 'SPOOKY_CLIENT_REFUSED',
    });
    const [count] = await stack.query<[unknown[]]>('SELECT * FROM job WHERE assigned_to = $id', { id });
    expect(count).toEqual([]);
  });

  it('accepts a request of the owner and refuses a forged outcome', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    const job = await db.run('api', '/spookify', { id }, { assignedTo: id });
    const forged: object = { status: 'success', retries: 9 };
    await expect(db.update(job as RecordId<'job'>, forged)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
    const [[row]] = await stack.query<[[object]]>('SELECT * FROM $job', { job });
    expect(row).toMatchObject({ status: 'pending', retries: 0 });
    expect(await db.update(job as RecordId<'job'>, { request: 'cancel' })).toMatchObject({ request: 'cancel' });
  });
});

describe('watching', () => {
  it('shows the writes of a second client, with related rows', async () => {
    const ada = await people.newcomer();
    const bob = await people.newcomer();
    const { id } = await ada.create('thread', { title: 'A house', content: 'It creaks.' });
    const query = bob
      .query('thread')
      .where({ id })
      .related('author', (author) => author.select('username'))
      .related('comments', (comments) => comments.orderBy('created_at').related('author'))
      .related('jobs')
      .one()
      .build();
    const seen = record(bob, query);
    expect(seen.kinds).toEqual(['loading']);
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    expect(seen.last.data).toMatchObject({
      title: 'A house',
      author: { username: ada.username },
      comments: [],
      jobs: [],
    });

    await ada.update(id, { title: 'A barn' });
    await eventually(() => expect(seen.last.data?.title).toBe('A barn'));
    await ada.create('comment', { thread: id, content: 'Boo' });
    await eventually(() =>
      expect(seen.last.data?.comments).toMatchObject([{ content: 'Boo', author: { username: ada.username } }]),
    );
    await ada.run('api', '/spookify', { id }, { assignedTo: id });
    await ada.delete(id);
    await eventually(() => expect(seen.last.data).toBeNull());
    expect(new Set(seen.kinds)).toEqual(new Set(['loading', 'ready']));
    expect(seen.states.some(({ data }) => (data?.jobs.length ?? 0) > 0)).toBe(false);
  });

  it('shows the owner a job from its creation to its end', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'A house', content: 'It creaks.' });
    const query = db
      .query('thread')
      .where({ id })
      .related('jobs', (jobs) => jobs.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
      .related('suggestions')
      .one()
      .build();
    const seen = record(db, query);
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    const job = await db.run('api', '/spookify', { id }, { assignedTo: id });
    await eventually(() => expect(seen.last.data?.jobs).toMatchObject([{ id: job, status: 'pending' }]));
    await stack.query('UPDATE $job SET status = "processing"', { job });
    await eventually(() => expect(seen.last.data?.jobs[0]?.status).toBe('processing'));
    await suggest(stack, id, { title: 'The House' });
    await stack.query('UPDATE $job SET status = "success"', { job });
    await eventually(() => expect(seen.last.data?.jobs[0]?.status).toBe('success'));
    await eventually(() => expect(seen.last.data?.suggestions).toMatchObject([{ title: 'The House' }]));
  });

  it('keeps the identity of rows that have not changed', async () => {
    const db = await people.newcomer();
    const first = await db.create('thread', { title: 'First', content: 'x' });
    const second = await db.create('thread', { title: 'Second', content: 'x' });
    const query = db.query('thread').where({ author: first.author }).orderBy('created_at').related('author').build();
    const seen = record(db, query);
    await eventually(() => expect(seen.last.data).toHaveLength(2));
    const before = seen.last.data;
    await db.update(second.id, { title: 'Changed' });
    await eventually(() => expect(seen.last.data?.[1]?.title).toBe('Changed'));
    expect(seen.last.data?.[0]).toBe(before?.[0]);
    expect(seen.last.data?.[1]).not.toBe(before?.[1]);
    expect(seen.last.data?.[1]?.id).toBe(before?.[1]?.id);
    expect(seen.last.data?.[1]?.author).toBe(before?.[1]?.author);
  });

  it('finds every matching row, with any index, order and limit', async () => {
    const ada = await people.newcomer();
    const bob = await people.newcomer();
    for (const title of ['a1', 'a2', 'a3']) await ada.create('thread', { title, content: 'x' });
    const { author } = await bob.create('thread', { title: 'b1', content: 'x' });
    await bob.create('thread', { title: 'b2', content: 'x' });
    await ada.create('thread', { title: 'a4', content: 'x' });
    const titles = async (limit: number, offset: number, direction: 'asc' | 'desc') => {
      const mine = bob.query('thread').where({ author }).select('title').orderBy('created_at', direction);
      const seen = record(bob, mine.limit(limit).offset(offset).build());
      await eventually(() => expect(seen.last.kind).toBe('ready'));
      return seen.last.data?.map(({ title }) => title);
    };
    expect(await titles(1, 0, 'asc')).toEqual(['b1']);
    expect(await titles(1, 0, 'desc')).toEqual(['b2']);
    expect(await titles(5, 1, 'asc')).toEqual(['b2']);
    const newest = bob.query('thread').where({ author }).orderBy('created_at', 'desc').related('author').one().build();
    const seen = record(bob, newest);
    await eventually(() => expect(seen.last.data).toMatchObject({ title: 'b2', author: { username: bob.username } }));
  });

  it('gives null if the row does not exist', async () => {
    const db = await people.newcomer();
    const query = db
      .query('thread')
      .where({ id: new RecordId('thread', 'none') })
      .one()
      .build();
    const seen = record(db, query);
    await eventually(() => expect(seen.last).toEqual({ kind: 'ready', data: null, error: undefined }));
  });
});
