/** Tests the rules of accounts in schema/schema.surql on a real server. */
import { RecordId, type Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type SchemaDatabase } from './database.ts';

let database: SchemaDatabase;
let owner: Surreal;
let ada: Surreal;
let bob: Surreal;

beforeAll(async () => {
  database = await openDatabase();
  owner = database.owner;
  ada = await database.signUp('Ada');
  bob = await database.signUp('bob');
});
afterAll(() => database.close());

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
  ])('is inaccessible to a user by %s', async (statement) => {
    expect(await ada.query(statement)).toEqual([[]]);
    expect(await owner.query('SELECT VALUE id FROM credential ORDER BY id')).toEqual([
      [new RecordId('credential', 'ada'), new RecordId('credential', 'bob')],
    ]);
  });

  it('is deleted with its user, whose name is then free', async () => {
    await database.signUp('Eve');
    await owner.query(`DELETE user WHERE username = 'Eve'`);
    expect(await owner.query('SELECT * FROM credential:eve')).toEqual([[]]);
    await database.signUp('eve');
    await owner.query(`DELETE user WHERE username = 'eve'`);
  });

  it('exists once for all spellings of a name, even for concurrent requests', async () => {
    const tries = await Promise.allSettled(['Same', 'same', 'SAME', 'sAmE'].map(database.signUp));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await owner.query(`SELECT VALUE id FROM user WHERE string::lowercase(username) = 'same'`)).toEqual([
      [expect.any(RecordId)],
    ]);
    await owner.query(`DELETE user WHERE string::lowercase(username) = 'same'`);
  });
});

const STATEMENTS = [
  'SELECT * FROM user',
  'SELECT * FROM job',
  `CREATE job SET path = '/forged'`,
  `UPDATE job SET request = 'cancel'`,
  `UPDATE user SET username = 'forged'`,
  'DELETE user',
];

describe('a session without a user', () => {
  it.each(STATEMENTS)('gets nothing in a transaction over RPC by %s', async (statement) => {
    const before = await owner.query('SELECT * FROM user; SELECT * FROM job');
    const transaction = await bob.beginTransaction();
    expect(await transaction.query(statement).catch(() => [[]])).toEqual([[]]);
    await transaction.commit().catch(() => {});
    expect(await owner.query('SELECT * FROM user; SELECT * FROM job')).toEqual(before);
  });

  it('gets nothing after its user is deleted', async () => {
    const eve = await database.signUp('Eve');
    await owner.query(`DELETE user WHERE username = 'Eve'`);
    for (const statement of STATEMENTS) {
      expect(await eve.query(statement).catch(() => [[]]), statement).toEqual([[]]);
    }
  });
});
