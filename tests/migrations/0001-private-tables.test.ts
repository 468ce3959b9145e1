/** Tests the first migration on a database with data of the previous schema. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { RecordId, Surreal } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { loadWithoutTokens } from '../../packages/cli/src/load-without-tokens.ts';
import { type MigrationReport, migrate } from '../../packages/cli/src/migrate/migrate.ts';
import { readSchemaFiles, type SchemaFile } from '../../packages/cli/src/migrate/schema-files.ts';
import { updateOutboxes } from '../../packages/cli/src/migrate/update-outboxes.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const PASSWORD = 'a long enough one';
const ADA = new RecordId('user', 'ada');
const [PLAIN, FULL, HALF] = ['plain', 'full', 'half'].map((key) => new RecordId('thread', key));

let server: SurrealServer;
let files: SchemaFile[];
let owner: Surreal;
let number = 0;

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  files = await readSchemaFiles(await loadWithoutTokens({ cwd: path.resolve(import.meta.dirname, '../..'), env: {} }));
});
afterAll(() => server.close());

async function connect(authentication?: typeof ROOT, database = `test-${number}`): Promise<Surreal> {
  const client = new Surreal();
  onTestFinished(async () => void (await client.close()));
  const names = { namespace: 'main', database };
  await client.connect(server.url, { ...names, ...(authentication && { authentication }), reconnect: false });
  return client;
}

async function createDatabase(name: string): Promise<Surreal> {
  const client = await connect(ROOT, name);
  await client.query(`DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS \`${name}\``);
  return client;
}

/** Applies files to the test's database, or to another one, as `spooky db migrate` does. */
function apply(wanted: readonly SchemaFile[], database = `test-${number}`): Promise<MigrationReport> {
  const target = { url: server.url, namespace: 'main', database, ...ROOT, levels: ['root'] } as const;
  return withLink(target, async (link) => {
    const report = await migrate(link, wanted, []);
    if (wanted === files) await updateOutboxes(link, ['job']);
    return report;
  });
}

/** A database with the schema before the migration, filled by its users. */
beforeEach(async () => {
  number += 1;
  owner = await createDatabase(`test-${number}`);
  const text = await readFile(path.join(import.meta.dirname, 'before-0001.surql'), 'utf8');
  const checksum = createHash('sha256').update(text).digest('hex');
  const before = files
    .filter(({ kind }) => kind === 'schema')
    .map((file, index): SchemaFile => ({ ...file, text: index === 0 ? text : '', checksum }));
  await apply(before);
  await owner.query(
    `CREATE user:ada SET username = 'Ada', password = crypto::argon2::generate($password);
    CREATE user:bob SET username = 'bob', password = crypto::argon2::generate($password);
    CREATE thread:plain SET title = 'plain', content = 'c', author = user:ada;
    CREATE thread:full SET title = 'full', content = 'c', author = user:ada, title_suggestion = 'T',
      content_suggestion = 'C', suggested_by = 'offline';
    CREATE thread:half SET title = 'half', content = 'c', author = user:bob, content_suggestion = 'only';
    CREATE comment:one SET thread = thread:full, content = 'Boo', author = user:bob;
    CREATE job:one SET assigned_to = thread:full, path = '/spookify', payload = { id: 'thread:full' },
      created_by = user:ada, status = 'success', token = 'old', errors = [{ code: 'x' }];
    CREATE job:alone SET path = '/spookify', created_by = user:ada`,
    { password: PASSWORD },
  );
});

async function signIn(username: string, password = PASSWORD): Promise<Surreal> {
  const client = await connect();
  await client.signin({ access: 'account', variables: { username, password } });
  return client;
}

/** Returns every definition of a database, as text. */
async function definitions(database: Surreal): Promise<unknown> {
  const [info] = await database.query<[{ tables: object }]>('INFO FOR DB');
  const tables = Object.keys(info.tables).map(async (name) => (await database.query(`INFO FOR TABLE ${name}`))[0]);
  return [info, await Promise.all(tables)];
}

it('moves all data, and leaves the definitions of a fresh database', async () => {
  const [jobs, comments] = await owner.query<[Record<string, unknown>[], unknown]>(
    'SELECT * FROM job ORDER BY id; SELECT * FROM comment',
  );
  const report = await apply(files);
  expect(report.applied).toEqual(files.map(({ name }) => name));

  const [users, threads, suggestions, jobsNow, commentsNow] = await owner.query(
    `SELECT * FROM user ORDER BY id; SELECT * FROM thread ORDER BY id; SELECT * FROM suggestion ORDER BY id;
    SELECT * FROM job ORDER BY id; SELECT * FROM comment`,
  );
  const created_at = expect.anything();
  expect(users).toEqual([
    { id: ADA, username: 'Ada', created_at },
    { id: new RecordId('user', 'bob'), username: 'bob', created_at },
  ]);
  expect(threads).toEqual(
    [FULL, HALF, PLAIN].map((id) => ({
      ...{ id, title: id?.id, content: 'c', revision: 1 },
      ...{ author: expect.anything(), created_at },
    })),
  );
  expect(suggestions).toEqual([
    { id: new RecordId('suggestion', 'full'), thread: FULL, title: 'T', content: 'C', written_by: 'offline' },
    { id: new RecordId('suggestion', 'half'), thread: HALF, content: 'only', written_by: 'unknown' },
  ]);
  expect(jobsNow).toEqual(
    jobs.map(({ token, ...job }) => ({ ...job, partition: expect.any(Number), updated_at: expect.anything() })),
  );
  expect(commentsNow).toEqual(comments);

  expect(await apply(files)).toMatchObject({ applied: [] });
  const fresh = await createDatabase(`fresh-${number}`);
  await apply(files, `fresh-${number}`);
  expect(await definitions(owner)).toEqual(await definitions(fresh));
});

it('keeps passwords', async () => {
  await apply(files);
  const ada = await signIn('aDA');
  expect(await ada.query('RETURN $auth')).toEqual([ADA]);
  expect(await ada.query('SELECT VALUE id FROM suggestion')).toEqual([[new RecordId('suggestion', 'full')]]);
  expect(await ada.query('SELECT VALUE id FROM job ORDER BY id')).toEqual([
    [new RecordId('job', 'alone'), new RecordId('job', 'one')],
  ]);
  await expect(signIn('ada', 'another password')).rejects.toThrow();
  const again = await connect();
  const variables = { username: 'ADA', password: PASSWORD };
  await expect(again.signup({ access: 'account', variables })).rejects.toThrow('username-taken');
});

it('leaves no reference that shows a job to strangers, and deletes it with its thread', async () => {
  const look = 'SELECT VALUE array::flatten([<~(SELECT VALUE id FROM job), <~comment]) FROM thread:full';
  const bob = await signIn('bob');
  expect(await bob.query(look)).toEqual([[[new RecordId('job', 'one'), new RecordId('comment', 'one')]]]);
  await apply(files);
  expect(await bob.query(look)).toEqual([[[]]]);

  const ada = await signIn('ada');
  await ada.query('DELETE thread:full');
  expect(
    await owner.query('SELECT VALUE id FROM job; SELECT * FROM comment; SELECT VALUE thread FROM suggestion'),
  ).toEqual([[new RecordId('job', 'alone')], [], [HALF]]);
});

it('changes nothing when it fails half-way, and succeeds when it is repeated', async () => {
  const [before] = await owner.query('SELECT * FROM user');
  const broken = files.map((file) =>
    file.kind === 'migration' ? { ...file, text: `${file.text}\nTHROW 'power cut'` } : file,
  );
  await expect(apply(broken)).rejects.toThrow('power cut');
  expect(await owner.query('SELECT * FROM user; SELECT * FROM credential')).toEqual([before, []]);
  // Nobody can sign in and no name can be taken until the migration succeeds.
  await expect(signIn('ada')).rejects.toThrow();
  const stranger = await connect();
  const variables = { username: 'ada', password: 'of another person' };
  await expect(stranger.signup({ access: 'account', variables })).rejects.toThrow();

  await apply(files);
  await signIn('ada');
});

it('restores the schema when it is interrupted right after the migration', async () => {
  const schema = files.filter(({ kind }) => kind === 'schema');
  await apply(schema);
  const [migration] = files.filter(({ kind }) => kind === 'migration');
  await owner.query(migration?.text ?? '');
  expect((await apply(schema)).applied).toEqual(schema.map(({ name }) => name));
  const [info] = await owner.query<[{ fields: { assigned_to: string } }]>('INFO FOR TABLE job');
  expect(info.fields.assigned_to).toContain('READONLY');
});
