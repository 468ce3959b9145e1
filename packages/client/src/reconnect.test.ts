import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { PASSWORD, People, record } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

vi.setConfig({ testTimeout: 60_000 });

let stack: TestStack;
const people = new People(() => stack.url);
beforeEach(async () => {
  stack = await startStack();
});
afterEach(async () => {
  people.close();
  vi.unstubAllGlobals();
  await stack.close();
});

/** Returns a function that simulates the return of the network for clients that are created later. */
function stubNetwork(): () => void {
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  return () => void page.dispatchEvent(new Event('online'));
}

describe('a gateway that restarts', () => {
  it('leaves the data as stale, and then sends what has changed meanwhile', async () => {
    const db = await people.newcomer();
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    const { id } = await db.create('thread', { title: 'before', content: 'x' });
    const { id: same } = await db.create('thread', { title: 'the same', content: 'x' });
    const seen = record(db, db.query('thread').where({ id }).one().build());
    const unchanged = record(db, db.query('thread').where({ id: same }).one().build());
    await eventually(() => expect([seen.last.kind, unchanged.last.kind]).toEqual(['ready', 'ready']));
    const { data } = unchanged.last;

    await stack.stopGateway();
    await eventually(() => expect(seen.last).toMatchObject({ kind: 'stale', data: { title: 'before' } }));
    await eventually(() =>
      expect(db.connection.state).toMatchObject({
        kind: 'reconnecting',
        error: { code: 'SPOOKY_CLIENT_NOT_CONNECTED' },
      }),
    );
    expect(db.auth.state.kind).toBe('signed-in');
    await stack.query('UPDATE $id SET title = "meanwhile"', { id });
    await stack.startGateway();
    await eventually(() => expect(seen.last).toMatchObject({ kind: 'ready', data: { title: 'meanwhile' } }));
    await eventually(() => expect(unchanged.last.kind).toBe('ready'));
    // Unchanged rows are the same objects, so nothing renders again.
    expect(unchanged.last.data).toBe(data);
    await db.update(id, { title: 'after' });
    await eventually(() => expect(seen.last.data?.title).toBe('after'));
    expect(new Set(states)).toEqual(new Set(['reconnecting', 'connected']));
    expect(new Set(seen.kinds)).toEqual(new Set(['loading', 'ready', 'stale']));
  });

  it('receives a job that was started while it was down, once', async () => {
    const wake = stubNetwork();
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    await stack.stopGateway();
    const running = db.run('api', '/spookify', { id }, { assignedTo: id });
    await stack.startGateway();
    // The run has ten seconds. None of them should pass in waiting for the next attempt to connect.
    await eventually(() => {
      wake();
      expect(db.connection.state.kind).toBe('connected');
    });
    const job = await running;
    const [jobs] = await stack.query<[unknown[]]>('SELECT VALUE id FROM job');
    expect(jobs).toEqual([job]);
  });
});

describe('a database that restarts behind the gateway', () => {
  it('loses no write that the client waits for', async () => {
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'before', content: 'x' });
    const seen = record(db, db.query('thread').where({ id }).one().build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));
    await stack.stopDatabase();
    const written = db.update(id, { title: 'after' });
    await stack.startDatabase();
    expect(await written).toMatchObject({ title: 'after' });
    await eventually(() => expect(seen.last.data?.title).toBe('after'));
    expect(new Set(seen.kinds)).not.toContain('failed');
  });
});

describe('a gateway that is down', () => {
  it('allows clients to be created and closed, and reports what is wrong', async () => {
    await stack.stopGateway();
    const db = people.visitor();
    const seen = record(db, db.query('thread').build());
    await eventually(() => expect(db.connection.state.kind).toBe('reconnecting'));
    expect(seen.kinds).toEqual(['loading']);
    const entering = db.auth.signIn('account', { username: 'x', password: PASSWORD });
    db.close();
    db.close();
    await expect(entering).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
    expect(db.connection.state).toEqual({ kind: 'closed' });
  });
});
