/** The rules of schema/schema.surql, tried by users of the demo on a real server. */
import path from 'node:path';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { RecordId, Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWithoutTokens } from '../packages/cli/src/load-without-tokens.ts';
import { migrate } from '../packages/cli/src/migrate/migrate.ts';
import { readSchemaFiles } from '../packages/cli/src/migrate/schema-files.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const NAMES = { namespace: 'main', database: 'spookify' };
const THREAD = new RecordId('thread', 'adas');
const SUGGESTION = new RecordId('suggestion', 'adas');

let server: SurrealServer;
let owner: Surreal;
let ada: Surreal;
let bob: Surreal;
const clients: Surreal[] = [];

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  owner = await connect(ROOT);
  await owner.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS spookify');
  await owner.use(NAMES);
  const files = await readSchemaFiles(
    await loadWithoutTokens({ cwd: path.resolve(import.meta.dirname, '..'), env: {} }),
  );
  await withLink({ url: server.url, ...NAMES, ...ROOT, levels: ['root'] }, (link) => migrate(link, files, []));
  // Rows without an author, older than their definitions; a suggestion whose thread is gone has none, either.
  await owner.query(`DEFINE FIELD OVERWRITE author ON thread TYPE any; DEFINE FIELD OVERWRITE author ON comment TYPE any;
    CREATE thread:without_owner SET title = 't', content = 'c';
    CREATE comment:without_owner SET thread = thread:without_owner, content = 'c';
    CREATE suggestion:without_owner SET thread = thread:gone, title = 't', written_by = 'offline';
    ${files[0]?.text}`);
  ada = await signUp('Ada');
  bob = await signUp('bob');
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await server.close();
});

async function connect(authentication?: typeof ROOT): Promise<Surreal> {
  const client = new Surreal();
  clients.push(client);
  await client.connect(server.url, { ...NAMES, ...(authentication && { authentication }), reconnect: false });
  return client;
}

async function signUp(username: string): Promise<Surreal> {
  const client = await connect();
  await client.signup({ access: 'account', variables: { username, password: 'a long enough one' } });
  return client;
}

/** A thread of Ada with everything that can belong to one. */
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

describe('a credential', () => {
  it.each([
    'SELECT * FROM credential',
    'SELECT * FROM credential ORDER BY id',
    'SELECT * FROM credential:ada',
    'UPDATE credential SET password = "x"',
    'UPSERT credential:ada SET password = "x"',
    'CREATE credential:eve SET user = $auth, password = "x"',
    'INSERT INTO credential { id: credential:eve, user: $auth, password: "x" }',
    'DELETE credential RETURN BEFORE',
  ])('is out of reach for a user: %s', async (statement) => {
    expect(await ada.query(statement)).toEqual([[]]);
    expect(await owner.query('SELECT VALUE id FROM credential ORDER BY id')).toEqual([
      [new RecordId('credential', 'ada'), new RecordId('credential', 'bob')],
    ]);
  });

  it('goes with its user, whose name is free then', async () => {
    await signUp('Eve');
    await owner.query(`DELETE user WHERE username = 'Eve'`);
    expect(await owner.query('SELECT * FROM credential:eve')).toEqual([[]]);
    await signUp('eve');
    await owner.query(`DELETE user WHERE username = 'eve'`);
  });

  it('is one for all spellings of a name, also for requests of the same moment', async () => {
    const tries = await Promise.allSettled(['Same', 'same', 'SAME', 'sAmE'].map(signUp));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await owner.query(`SELECT VALUE id FROM user WHERE string::lowercase(username) = 'same'`)).toEqual([
      [expect.any(RecordId)],
    ]);
    await owner.query(`DELETE user WHERE string::lowercase(username) = 'same'`);
  });
});

describe('a suggestion', () => {
  it('is seen by the author of its thread only', async () => {
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
  ])('loses parts, and gets none, by %s', async (statement, expected) => {
    await fill();
    await ada.query(statement).catch(() => {});
    const [rows] = await owner.query<[{ title?: string }[]]>('SELECT * FROM suggestion WHERE thread = thread:adas');
    expect(rows).toMatchObject([{ id: SUGGESTION, ...expected }]);
    expect(rows[0]?.title === undefined).toBe(statement.includes('title = NONE'));
  });

  it('may be dismissed by its author only', async () => {
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

  it('lets one of two edits of the same revision win, also in the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      await fill();
      const second = await connect();
      await second.signin({ access: 'account', variables: { username: 'ada', password: 'a long enough one' } });
      const edits = await Promise.allSettled(
        [ada, second].map((tab, at) => tab.query(`UPDATE thread:adas SET content = 'by tab ${at}', revision = 1`)),
      );
      const winners = edits.flatMap(({ status }, at) => (status === 'fulfilled' ? [`by tab ${at}`] : []));
      expect(winners).toHaveLength(1);
      expect(await ada.query('SELECT VALUE content FROM thread:adas')).toEqual([winners]);
    }
  });

  it('takes its suggestion, comments and jobs with it, whichever user wrote them', async () => {
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
  it.each([...READS, ...WRITES])('in a transaction over RPC gets nothing by %s', async (statement) => {
    await fill();
    const before = await owner.query(ALL);
    const transaction = await bob.beginTransaction();
    expect(await transaction.query(statement).catch(() => [[]])).toEqual([[]]);
    await transaction.commit().catch(() => {});
    expect(await owner.query(ALL)).toEqual(before);
  });

  it('gets nothing once its user is deleted', async () => {
    await fill();
    const eve = await signUp('Eve');
    await owner.query(`DELETE user WHERE username = 'Eve'`);
    const before = await owner.query(ALL);
    for (const statement of [...READS, ...WRITES]) {
      expect(await eve.query(statement).catch(() => [[]]), statement).toEqual([[]]);
    }
    expect(await owner.query(ALL)).toEqual(before);
  });
});
