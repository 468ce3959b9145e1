import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { createPayloads } from './payloads.ts';

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await startDatabase();
  connection = createConnection(database.options, silentLogger, Math.random);
  await connection.open();
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

test('returns a payload unchanged, however it is nested', async () => {
  const payload = { text: 'é'.repeat(50_000), list: [1, [2, { three: null }]], thread: new RecordId('thread', 'a') };
  const id = await database.insert({ payload });
  expect(await createPayloads(connection).load(id)).toEqual({ ok: true, payload });
});

test('returns an empty payload for a job that no longer exists', async () => {
  expect(await createPayloads(connection).load(new RecordId('job', 'gone'))).toEqual({ ok: true, payload: {} });
});

test('refuses a payload that is too large, and names the limit', async () => {
  const id = await database.insert({ payload: { text: 'x'.repeat(2_000_000) } });
  const loaded = await createPayloads(connection).load(id);
  expect(loaded).toMatchObject({ ok: false, code: 'payload_too_large' });
  expect(loaded).toMatchObject({
    reason: expect.stringMatching(/^The payload has 20000\d\d bytes; at most 1048576 are delivered/),
  });
});

test('reads two at a time', async () => {
  const ids = await Promise.all(
    Array.from({ length: 8 }, () => database.insert({ payload: { text: 'x'.repeat(10_000) } })),
  );
  let reading = 0;
  let most = 0;
  const counted: Pick<Connection, 'query'> = {
    async query(...query) {
      reading += 1;
      most = Math.max(most, reading);
      const answer = await connection.query(...query);
      reading -= 1;
      return answer;
    },
  };
  const payloads = createPayloads(counted);
  const loaded = await Promise.all(ids.map((id) => payloads.load(id)));
  expect(loaded.every(({ ok }) => ok)).toBe(true);
  expect(most).toBe(2);
});

test('rejects with an error of the connection instead of blaming the payload', async () => {
  const closed = createConnection(database.options, silentLogger, Math.random);
  await closed.open();
  await closed.close();
  const id = await database.insert();
  const load = createPayloads(closed).load(id);
  await expect(load).rejects.toMatchObject({ code: 'SPOOKY_RUNNER_DATABASE_AWAY' });
});
