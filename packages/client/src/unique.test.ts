import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecordId } from './index.ts';
import { PASSWORD, People, type TestClient } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

let stack: TestStack;
const people = new People(() => stack.url);
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => people.close());
afterAll(() => stack.close());

const id = 'thread:abc';
/** Returns the key of the row, because two RecordIds are never equal in a test. */
const run = async (db: TestClient, uniqueKey = 'a') =>
  String((await db.run('api', '/spookify', { id }, { uniqueKey })).id);

const job = (key: string) => new RecordId('job', key);

/** Another tab or device of the same user. */
async function again({ username }: { username: string }): Promise<TestClient> {
  const db = people.visitor();
  await db.auth.signIn('account', { username, password: PASSWORD });
  return db;
}

const rows = async (text: string, bindings = {}) => (await stack.query<[Record<string, unknown>[]]>(text, bindings))[0];

describe('a unique key', () => {
  it('gives the open job with the key, and a new job when that has ended', async () => {
    const db = await people.newcomer();
    const first = await run(db);
    expect(await run(db)).toBe(first);
    expect(await run(db, 'b')).not.toBe(first);
    await stack.query(`UPDATE $job SET status = 'processing'`, { job: job(first) });
    expect(await run(db)).toBe(first);
    await stack.query(`UPDATE $job SET status = 'success', active_key = NONE`, { job: job(first) });
    const second = await run(db);
    expect(second).not.toBe(first);
    expect(await run(db)).toBe(second);
    expect(await rows('SELECT VALUE unique_key FROM $job', { job: job(first) })).toEqual(['a']);
  });

  it('makes one job of many simultaneous requests from several tabs', async () => {
    const db = await people.newcomer();
    const tabs = [db, await again(db), await again(db)];
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => run(tabs[index % 3] ?? db)));
    expect(new Set(ids).size).toBe(1);
    const { user } = db.auth.state as { user: RecordId };
    expect(await rows('SELECT id FROM job WHERE created_by = $user', { user })).toHaveLength(1);
  });

  it('applies to one user: others can use the same key', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const jobs = [await run(ada), await run(bob)] as const;
    expect(jobs[0]).not.toBe(jobs[1]);
    expect([await run(ada), await run(bob)]).toEqual(jobs);
  });

  it('does not bypass the permissions', async () => {
    const [ada, bob] = [await people.newcomer(), await people.newcomer()];
    const thread = await ada.create('thread', { title: 'Mine', content: 'x' });
    const attempt = bob.run('api', '/spookify', { id: thread.id }, { assignedTo: thread.id, uniqueKey: 'a' });
    await expect(attempt).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_REFUSED' });
  });
});
