/** What a client may not do to its own job, whatever it sends: every guard of the outbox template. */
import { RecordId, type Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PARTITIONS } from '../ownership/partition.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { INSERTS } from '../testing/inserts.ts';
import { signUp } from '../testing/sign-up.ts';

let database: TestDatabase;
let ada: Surreal;

beforeAll(async () => {
  database = await startDatabase();
  ada = await signUp(database, 'ada');
  const bea = await signUp(database, 'bea');
  await bea.query('CREATE thread:bea SET title = "t", content = "c"');
  await bea.close();
  await ada.query(`CREATE job:mine SET path = '/spookify'`);
});

afterAll(async () => {
  await ada.close();
  await database.close();
});

const YEAR_AGO = `time::now() - 1y`;
const YEAR_ON = `time::now() + 1y`;
/** Later than the longest delay. */
const TOO_LATE = `time::now() + 366d`;

/** Each field that a client may not set, with a value that would help it. */
const FORGED = [
  ['status', `'success'`],
  ['status', `'processing'`],
  ['run_at', YEAR_AGO],
  ['run_at', TOO_LATE],
  ['created_at', YEAR_AGO],
  ['created_at', YEAR_ON],
  ['created_by', 'user:somebody'],
  ['retries', '3'],
  ['reruns', '1'],
  ['rescues', '1'],
  ['errors', `[{ code: 'made_up' }]`],
  ['result', '{ title: "made up" }'],
  ['progress', '{ value: 1 }'],
  ['runner', `'mine'`],
  ['partition', '-1'],
  ['partition', String(PARTITIONS)],
  ['active_key', `'of another'`],
] as const;

describe.each(Object.entries(INSERTS))('%s', (_, statement) => {
  test.each(FORGED)('creates no job with %s = %s', async (field, value) => {
    await ada.query(statement('job:forged', { [field]: value })).catch(() => {});
    expect(await database.query('SELECT * FROM job:forged')).toEqual([]);
  });
});

test.each(Object.entries(INSERTS))('creates a job with the fields that a client may set: %s', async (_, statement) => {
  await ada.query(statement('job:forged', { max_retries: '5' }));
  expect(await database.query('SELECT status, max_retries FROM job:forged')).toEqual([
    { status: 'pending', max_retries: 5 },
  ]);
  await database.query('DELETE job:forged');
});

test('puts a new job into any partition, and keeps it there', async () => {
  await ada.query(
    `FOR $i IN 0..200 { CREATE job SET path = '/spookify', unique_key = 'spread' + <string> $i RETURN NONE }`,
  );
  const spread = `SELECT VALUE partition FROM job WHERE unique_key CONTAINS 'spread'`;
  const found = new Set(await database.query<number[]>(spread));
  expect([...found].toSorted()).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
  const before = await mine();
  await ada.query(`UPDATE job:mine SET partition = ${(Number(before.partition) + 1) % PARTITIONS}`).catch(() => {});
  expect(await mine()).toEqual(before);
  await database.query(`DELETE job WHERE unique_key CONTAINS 'spread'`);
});

test.each(['time::now()', 'time::now() + 1h', 'time::now() + 365d'])(
  'accepts a new job that is due at %s',
  async (runAt) => {
    const create = `CREATE job:delayed SET path = '/spookify', run_at = ${runAt} RETURN VALUE run_at`;
    const [[expected]] = await ada.query<[[unknown]]>(create);
    expect((await database.row(new RecordId('job', 'delayed'))).run_at).toEqual(expected);
    await database.query('DELETE job:delayed');
  },
);

test.each([
  ['path', `''`],
  ['max_retries', '26'],
  ['max_retries', '-1'],
  ['timeout', '1ms'],
  ['timeout', '2h'],
  ['unique_key', `''`],
  ['request', `'retry'`],
  ['assigned_to', 'thread:bea'],
  ['unknown', '1'],
])('refuses %s = %s', async (field, value) => {
  await ada.query(`CREATE job:forged SET path = '/spookify', ${field} = ${value}`).catch(() => {});
  expect(await database.query('SELECT * FROM job:forged')).toEqual([]);
});

const CHANGES: Record<string, (field: string, value: string) => string> = {
  'UPDATE … SET': (field, value) => `UPDATE job:mine SET ${field} = ${value}`,
  'UPDATE … MERGE': (field, value) => `UPDATE job:mine MERGE { ${field}: ${value} }`,
  'UPDATE … CONTENT': (field, value) => `UPDATE job:mine CONTENT { path: '/spookify', ${field}: ${value} }`,
  'UPDATE … PATCH': (field, value) => `UPDATE job:mine PATCH [{ op: 'replace', path: '/${field}', value: ${value} }]`,
  'UPSERT … SET': (field, value) => `UPSERT job:mine SET ${field} = ${value}`,
  'INSERT … ON DUPLICATE': (field, value) =>
    `INSERT INTO job { id: job:mine, path: '/spookify' } ON DUPLICATE KEY UPDATE ${field} = ${value}`,
  'the second UPDATE of a transaction': (field, value) =>
    `BEGIN; UPDATE job:mine SET request = NONE; UPDATE job:mine SET ${field} = ${value}; COMMIT`,
};

const CLIENTS_OWN = [
  ['run_at', 'time::now() + 1h'],
  ['path', `'/other'`],
  ['payload', '{ id: "other" }'],
  ['max_retries', '25'],
  ['retry_strategy', `'exponential'`],
  ['timeout', '1h'],
  ['assigned_to', 'thread:bea'],
  ['unique_key', `'other'`],
  ['unknown', '1'],
] as const;

describe.each(Object.entries(CHANGES))('%s', (_, statement) => {
  test.each([...FORGED, ...CLIENTS_OWN])('changes nothing with %s = %s', async (field, value) => {
    const before = await mine();
    await ada.query(statement(field, value)).catch(() => {});
    expect(await mine()).toEqual(before);
  });
});

test('accepts cancel and retry from the owner, and nothing else', async () => {
  await ada.query(`UPDATE job:mine SET request = 'cancel'`);
  expect(await database.row(new RecordId('job', 'mine'))).toMatchObject({ request: 'cancel', status: 'pending' });
  await expect(ada.query(`UPDATE job:mine SET request = 'success'`)).rejects.toThrow(/request/);
});

test('lets no client delete a job', async () => {
  await ada.query('DELETE job:mine');
  expect(await mine()).toMatchObject({ status: 'pending' });
});

test('changes and creates nothing in an RPC transaction, in which $auth is NONE', async () => {
  const before = await mine();
  await database.query(`CREATE job:of_nobody SET path = '/spookify'`);
  const transaction = await ada.beginTransaction();
  for (const statement of [
    `CREATE job:forged SET path = '/spookify', created_by = NONE`,
    `UPDATE job SET request = 'cancel'`,
    'DELETE job',
  ]) {
    expect(await transaction.query(statement)).toEqual([[]]);
  }
  expect(await transaction.query('SELECT * FROM job')).toEqual([[]]);
  await transaction.commit();
  expect(await mine()).toEqual(before);
  expect(await database.query('SELECT VALUE request FROM job:of_nobody')).toEqual([undefined]);
  expect(await database.query('SELECT * FROM job:forged')).toEqual([]);
});

test('shows and changes nothing in an open session of a deleted user', async () => {
  const eve = await signUp(database, 'eve');
  await eve.query(`CREATE job:eves SET path = '/spookify'`);
  await database.query(`DELETE user WHERE username = 'eve'; CREATE job:of_nobody_else SET path = '/spookify'`);
  expect(await eve.query('SELECT * FROM job')).toEqual([[]]);
  expect(await eve.query(`UPDATE job SET request = 'cancel'`)).toEqual([[]]);
  await eve.query(`CREATE job:forged SET path = '/spookify'`).catch(() => {});
  expect(await database.query('SELECT * FROM job:forged')).toEqual([]);
  await eve.close();
});

/** The row without the time of its last write. */
async function mine(): Promise<Record<string, unknown>> {
  const { updated_at: _, ...row } = await database.row(new RecordId('job', 'mine'));
  return row;
}
