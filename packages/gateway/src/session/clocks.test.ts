/* Engine tokens of a gateway whose clock differs from the database's. */
import { createSessionPool, type SessionPool } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { mintEngineToken } from './tokens.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
const user = new RecordId('person', 'ada');

let database: TestDatabase;
let pool: SessionPool;
beforeAll(async () => {
  database = await startTestDatabase();
  pool = createSessionPool(database.options);
  await pool.open();
});
afterAll(async () => {
  await pool.close();
  await database.close();
});

/** Asks the database who the user of a session is, if the gateway's clock is wrong by this time. */
async function ask(offMs: number): Promise<unknown> {
  const { namespace, database: name } = database.options;
  const names = { tokenKey: TOKEN_KEY, namespace, database: name };
  const session = pool.session(() => ({ token: mintEngineToken({ ...names, user, now: Date.now() + offMs }) }));
  try {
    return await session.query('RETURN $auth');
  } finally {
    await session.close();
  }
}

it.each([
  ['right', 0],
  ['20 minutes ahead', 20 * MINUTE],
  ['20 minutes behind', -20 * MINUTE],
  ['59 minutes behind', -59 * MINUTE],
  ['a year ahead', YEAR],
  ['50 years ahead', 50 * YEAR],
])('are accepted if the clock is %s', async (_clock, offMs) => {
  await expect(ask(offMs)).resolves.toEqual(user);
});

it('are refused if the clock is years behind, as every expired token is', async () => {
  await expect(ask(-2 * YEAR)).rejects.toMatchObject({ code: expect.stringMatching(/^SPOOKY_LINK_SESSION_/) });
});
