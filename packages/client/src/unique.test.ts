import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecordId } from './index.ts';
import { startDatabase, type TestDatabase } from './testing/database.ts';
import { PASSWORD, People, type TestClient } from './testing/people.ts';

let database: TestDatabase;
const people = new People(() => database);
beforeAll(async () => {
  database = await startDatabase('rocksdb');
});
afterEach(() => people.close());
afterAll(() => database.close());

const id = 'thread:abc';
/** Gives the key of the row: two RecordIds are never equal to a test. */
const run = async (db: TestClient, uniqueKey = 'a') =>
  String((await db.run('api', '/spookify', { id }, { uniqueKey })).id);

const job = (key: string) => new RecordId('job', key);

/** Another tab, or another device, of the same person. */
async function again({ username }: { username: string }): Promise<TestClient> {
  const db = people.visitor();
  await db.auth.signIn('account', { username, password: PASSWORD });
  return db;
}

/** Writes SurrealQL as the client itself could, past its API. */
async function raw(db: TestClient & { username: string }) {
  const { Surreal } = await import('surrealdb');
  const { url, namespace, database: name } = database.target;
  const surreal = new Surreal();
  await surreal.connect(url, { namespace, database: name, reconnect: false });
  const variables = { username: db.username, password: PASSWORD };
  await surreal.signin({ namespace, database: name, access: 'account', variables });
  return surreal;
}

const rows = async (text: string, bindings = {}) =>
  (await database.query<[Record<string, unknown>[]]>(text, bindings))[0];

describe('a unique key', () => {
  it('gives the job that waits or runs with it, and a new one once that has ended', async () => {
    const db = await people.newcomer();
    const first = await run(db);
    expect(await run(db)).toBe(first);
    expect(await run(db, 'b')).not.toBe(first);
    await database.query(`UPDATE $job SET status = 'processing'`, { job: job(first) });
    expect(await run(db)).toBe(first);
    await database.query(`UPDATE $job SET status = 'success', active_key = NONE`, { job: job(first) });
    const second = await run(db);
    expect(second).not.toBe(first);
    expect(await run(db)).toBe(second);
    expect(await rows('SELECT VALUE unique_key FROM $job', { job: job(first) })).toEqual(['a']);
  });

  it('makes one job of many requests at the same moment, from several tabs', async () => {
    const db = await people.newcomer();
    const tabs = [db, await again(db), await again(db)];
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => run(tabs[index % 3] ?? db)));
    expect(new Set(ids).size).toBe(1);
    const { user } = db.auth.state as { user: RecordId };
    expect(await rows('SELECT id FROM job WHERE created_by = $user', { user })).toHaveLength(1);
  });

  it("keeps to its person: others have the same key for themselves, and learn nothing of one another's", async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const jobs = [await run(ada), await run(bob)] as const;
    expect(jobs[0]).not.toBe(jobs[1]);
    expect([await run(ada), await run(bob)]).toEqual(jobs);
    const spy = await raw(bob);
    const [adaId] = await rows('SELECT VALUE created_by FROM $id', { id: job(jobs[0]) });
    const [activeKey] = await rows('SELECT VALUE active_key FROM $id', { id: job(jobs[0]) });
    expect(activeKey).toBe(`[${adaId}, '/spookify', 'a']`);
    expect((await spy.query('SELECT id FROM job WHERE active_key = $activeKey', { activeKey }))[0]).toEqual([]);
    const fields = { path: '/spookify', payload: { id } };
    // In her name; with her key; with a key that is none: nothing is made, and nothing said of the job that she has.
    for (const forged of [
      { ...fields, created_by: adaId, unique_key: 'a' },
      { ...fields, created_by: adaId, unique_key: 'other' },
      { ...fields, unique_key: 'c', active_key: activeKey },
      { ...fields, unique_key: 'c', active_key: 'c' },
      { ...fields, active_key: activeKey },
      { ...fields, unique_key: '' },
      { ...fields, unique_key: 'x'.repeat(256) },
    ]) {
      for (const insert of ['CREATE job CONTENT $forged RETURN id', 'INSERT INTO job $forged RETURN id']) {
        const answer = await spy.query(insert, { forged }).catch(String);
        expect([insert, forged, answer]).toEqual([insert, forged, [[]]]);
      }
    }
    await spy.close();
  });

  it('cannot be given up, taken or changed by its owner afterwards', async () => {
    const db = await people.newcomer();
    const [first, other] = [job(await run(db)), await db.run('api', '/spookify', { id })];
    const owner = await raw(db);
    await owner.query('UPDATE $first SET active_key = NONE', { first });
    await owner.query(`UPDATE $other SET active_key = 'x'`, { other });
    await expect(owner.query(`UPDATE $first SET unique_key = 'b'`, { first })).rejects.toThrow('readonly');
    expect(await run(db)).toBe(first.id);
    expect((await rows('SELECT * FROM $other', { other }))[0]).not.toHaveProperty('active_key');
    await owner.close();
  });

  it('is no way around the permissions', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const thread = await ada.create('thread', { title: 'Mine', content: 'x' });
    const attempt = bob.run('api', '/spookify', { id: thread.id }, { assignedTo: thread.id, uniqueKey: 'a' });
    await expect(attempt).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
  });
});
