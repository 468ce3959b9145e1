import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from './connection.ts';
import { startDatabase, type TestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { PASSWORD, People, record } from './testing/people.ts';

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
const people = new People(() => database);
beforeEach(async () => {
  database = await startDatabase('rocksdb');
});
afterEach(async () => {
  people.close();
  vi.unstubAllGlobals();
  await database.close();
});

/** Gives what tells the clients that are made from now on that the network is back. */
function stubNetwork(): () => void {
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  return () => void page.dispatchEvent(new Event('online'));
}

describe('a database that restarts', () => {
  it('leaves the data standing, stale, and brings what has changed meanwhile', async () => {
    const db = await people.newcomer();
    const states: string[] = [];
    db.connection.subscribe(({ kind }) => states.push(kind));
    const { id } = await db.create('thread', { title: 'before', content: 'x' });
    const seen = record(db, db.query('thread').where({ id }).one().build());
    await eventually(() => expect(seen.last.kind).toBe('ready'));

    await database.stop();
    await eventually(() => expect(seen.last).toMatchObject({ kind: 'stale', data: { title: 'before' } }));
    expect(db.connection.state).toMatchObject({ kind: 'reconnecting', error: { code: 'SPOOKY_CLIENT_NOT_CONNECTED' } });
    expect(db.auth.state.kind).toBe('signed-in');

    await database.start();
    await database.query('UPDATE $id SET title = "meanwhile"', { id });
    await eventually(() => expect(seen.last).toMatchObject({ kind: 'ready', data: { title: 'meanwhile' } }));
    await db.update(id, { title: 'after' });
    await eventually(() => expect(seen.last.data?.title).toBe('after'));
    expect(new Set(states)).toEqual(new Set(['reconnecting', 'connected']));
    expect(new Set(seen.kinds)).toEqual(new Set(['loading', 'ready', 'stale']));
  });

  it('gets a job that was started while it was away, once', async () => {
    const wake = stubNetwork();
    const db = await people.newcomer();
    const { id } = await db.create('thread', { title: 'x', content: 'x' });
    await database.stop();
    const running = db.run('api', '/spookify', { id }, { assignedTo: id });
    await database.start();
    // The run has ten seconds, of which none shall pass in waiting for the next attempt to connect.
    await eventually(() => {
      wake();
      expect(db.connection.state.kind).toBe('connected');
    });
    const job = await running;
    const [jobs] = await database.query<[unknown[]]>('SELECT VALUE id FROM job');
    expect(jobs).toEqual([job]);
  });
});

describe('a connection that waits long for its next attempt', () => {
  it('tries at once when the network is back', async () => {
    const wake = stubNetwork();
    await database.stop();
    // Days, with this luck.
    const connection = new Connection({
      ...database.target,
      random: () => 1e6,
      admit: async () => 'admitted',
      onLost: () => undefined,
    });
    await eventually(() => expect(connection.state.kind).toBe('reconnecting'));
    await database.start();
    await eventually(() => {
      wake();
      expect(connection.state.kind).toBe('connected');
    });
    connection.close();
  });
});

describe('a database that is away', () => {
  it('lets clients be made and closed, and tells them what is wrong', async () => {
    await database.stop();
    const db = people.visitor();
    const seen = record(db, db.query('thread').build());
    await eventually(() => expect(db.connection.state.kind).toBe('reconnecting'));
    expect(seen.kinds).toEqual(['loading']);
    const entering = db.auth.signIn('account', { username: 'x', password: PASSWORD });
    db.close();
    db.close();
    await expect(entering).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_CLOSED' });
    expect(db.connection.state).toEqual({ kind: 'closed' });
    await database.start();
  });
});
