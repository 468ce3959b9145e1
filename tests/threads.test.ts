/** Tests the rules of the demo's tables as its users, on a real server. */
import { RecordId, type Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type SchemaDatabase } from './database.ts';

const THREAD = new RecordId('thread', 'adas');
const SUGGESTION = new RecordId('suggestion', 'adas');

let database: SchemaDatabase;
let owner: Surreal;
let ada: Surreal;
let bob: Surreal;

beforeAll(async () => {
  database = await openDatabase();
  owner = database.owner;
  // Rows without an author that are older than their definitions; a suggestion whose thread no longer exists has no author
  // either.
  await owner.query(`DEFINE FIELD OVERWRITE author ON thread TYPE any; DEFINE FIELD OVERWRITE author ON comment TYPE any;
    CREATE thread:without_owner SET title = 't', content = 'c';
    CREATE comment:without_owner SET thread = thread:without_owner, content = 'c';
    CREATE suggestion:without_owner SET thread = thread:gone, title = 't', written_by = 'offline';
    ${database.files[0]?.text}`);
  ada = await database.signUp('Ada');
  bob = await database.signUp('bob');
});
afterAll(() => database.close());

/** Creates a thread of Ada with everything that can belong to one. */
async function fill(): Promise<void> {
  await owner.query('DELETE thread:adas');
  await ada.query(`CREATE thread:adas SET title = 'A house', content = 'It creaks.';
    CREATE comment SET thread = thread:adas, content = 'Mine';
    CREATE job SET assigned_to = thread:adas, path = '/spookify'`);
  await bob.query(`CREATE comment SET thread = thread:adas, content = 'Boo'`);
  await owner.query(
    `CREATE suggestion:adas SET thread = thread:adas, title = 'T', content = 'C', written_by = 'offline'`,
  );
}

describe('a suggestion', () => {
  it('is visible only to the author of its thread', async () => {
    await fill();
    for (const list of ['FROM suggestion', 'FROM suggestion ORDER BY thread', 'FROM suggestion:adas']) {
      expect(await ada.query(`SELECT id, thread ${list}`)).toEqual([[{ id: SUGGESTION, thread: THREAD }]]);
      expect(await bob.query(`SELECT id, thread ${list}`)).toEqual([[]]);
    }
  });

  it.each([
    [`UPDATE suggestion:adas SET title = 'mine'`, { title: 'T' }],
    [`UPDATE suggestion:adas SET written_by = 'mine'`, { written_by: 'offline' }],
    [`UPDATE suggestion:adas CONTENT { title: 'mine' }`, { title: 'T', thread: THREAD }],
    [`UPDATE suggestion:adas SET thread = thread:other`, { thread: THREAD }],
    [`CREATE suggestion SET thread = thread:adas, written_by = 'mine'`, { title: 'T' }],
    [`UPDATE suggestion:adas SET title = NONE`, { content: 'C', written_by: 'offline' }],
  ])('can only lose parts by %s', async (statement, expected) => {
    await fill();
    await ada.query(statement).catch(() => {});
    const [rows] = await owner.query<[{ title?: string }[]]>('SELECT * FROM suggestion WHERE thread = thread:adas');
    expect(rows).toMatchObject([{ id: SUGGESTION, ...expected }]);
    expect(rows[0]?.title === undefined).toBe(statement.includes('title = NONE'));
  });

  it('can be dismissed only by its author', async () => {
    await fill();
    expect(await bob.query('UPDATE suggestion SET title = NONE; DELETE suggestion RETURN BEFORE')).toEqual([[], []]);
    expect(await ada.query('DELETE suggestion RETURN BEFORE')).toMatchObject([[{ id: SUGGESTION }]]);
  });
});

describe('a thread', () => {
  it('refuses a write that names an older revision, and counts every other write', async () => {
    await fill();
    expect(await ada.query('SELECT VALUE revision FROM thread:adas')).toEqual([[1]]);
    await ada.query(`UPDATE thread:adas SET content = 'It sighs.', revision = 1`);
    await expect(ada.query(`UPDATE thread:adas SET content = 'Lost.', revision = 1`)).rejects.toThrow('thread-changed');
    await expect(ada.query(`UPDATE thread:adas SET content = 'Lost.', revision = 7`)).rejects.toThrow('thread-changed');
    await ada.query(`UPDATE thread:adas SET title = 'A shed'`);
    expect(await ada.query('SELECT title, content, revision FROM thread:adas')).toEqual([
      [{ title: 'A shed', content: 'It sighs.', revision: 3 }],
    ]);
  });

  it('accepts one of two concurrent edits of the same revision', async () => {
    for (let round = 0; round < 10; round += 1) {
      await fill();
      const second = await database.signIn('ada');
      const edits = await Promise.allSettled(
        [ada, second].map((tab, at) => tab.query(`UPDATE thread:adas SET content = 'by tab ${at}', revision = 1`)),
      );
      const winners = edits.flatMap(({ status }, at) => (status === 'fulfilled' ? [`by tab ${at}`] : []));
      expect(winners).toHaveLength(1);
      expect(await ada.query('SELECT VALUE content FROM thread:adas')).toEqual([winners]);
    }
  });

  it('is deleted with its suggestion, comments and jobs, regardless of who wrote them', async () => {
    await fill();
    const rows = `SELECT VALUE id FROM suggestion WHERE thread = thread:adas;
      SELECT VALUE id FROM comment WHERE thread = thread:adas; SELECT VALUE id FROM job WHERE assigned_to = thread:adas`;
    expect((await owner.query<unknown[][]>(rows)).map(({ length }) => length)).toEqual([1, 2, 1]);
    await bob.query('DELETE thread:adas');
    expect((await owner.query<unknown[][]>(rows)).map(({ length }) => length)).toEqual([1, 2, 1]);
    await ada.query('BEGIN; DELETE thread:adas; COMMIT');
    expect(await owner.query(rows)).toEqual([[], [], []]);
  });

  it('deletes its rows by their indexes', async () => {
    for (const [table, field, index] of [
      ['suggestion', 'thread', 'suggestion_thread'],
      ['comment', 'thread', 'comment_thread_created_at'],
      ['job', 'assigned_to', 'job_assigned_to_created_at'],
    ]) {
      const [plan] = await owner.query<[string]>(
        `{ LET $thread = thread:adas; RETURN EXPLAIN SELECT id FROM ${table} WHERE ${field} = $thread }`,
      );
      expect(plan).toContain(`index: ${index}, access: `);
    }
  });
});

const READS = ['user', 'thread', 'comment', 'suggestion', 'job'].map((table) => `SELECT * FROM ${table}`);
const WRITES = [
  `UPDATE thread SET title = 'taken'`,
  `CREATE thread:forged SET title = 't', content = 'c', author = NONE`,
  `CREATE thread:forged SET title = 't', content = 'c', author = user:unknown`,
  `CREATE comment:forged SET thread = thread:adas, content = 'c', author = user:unknown`,
  'UPDATE suggestion SET title = NONE',
  `UPDATE job SET request = 'cancel'`,
  'DELETE comment',
  'DELETE suggestion',
  'DELETE thread',
];
const ALL =
  'SELECT * FROM user; SELECT * FROM thread; SELECT * FROM comment; SELECT * FROM suggestion; SELECT * FROM job';

describe('a session without a user', () => {
  it.each([...READS, ...WRITES])('gets nothing in a transaction over RPC by %s', async (statement) => {
    await fill();
    const before = await owner.query(ALL);
    const transaction = await bob.beginTransaction();
    expect(await transaction.query(statement).catch(() => [[]])).toEqual([[]]);
    await transaction.commit().catch(() => {});
    expect(await owner.query(ALL)).toEqual(before);
  });

  it('gets nothing after its user is deleted', async () => {
    await fill();
    const eve = await database.signUp('Eve');
    await owner.query(`DELETE user WHERE username = 'Eve'`);
    const before = await owner.query(ALL);
    for (const statement of [...READS, ...WRITES]) {
      expect(await eve.query(statement).catch(() => [[]]), statement).toEqual([[]]);
    }
    expect(await owner.query(ALL)).toEqual(before);
  });
});
