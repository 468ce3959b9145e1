import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../database.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import type { JobRequest } from './job-request.ts';
import { createReceipts, EffectRefused, type Receipts } from './receipts.ts';

let server: TestDatabase;
let database: Database;
let receipts: Receipts;

beforeAll(async () => {
  server = await startTestDatabase();
  database = connectDatabase(server.settings, pino({ level: 'silent' }));
  receipts = createReceipts(database);
  await server.owner.query('DEFINE TABLE effect SCHEMALESS');
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const requestOf = (key: string = randomUUID(), fingerprint = 'work'): JobRequest => ({
  ...{ key, fingerprint },
  ...{ createdBy: new RecordId('user', 'ada'), assignedTo: undefined },
});
const EFFECT = 'CREATE effect SET key = $key RETURN NONE';
const effects = async (key: string): Promise<number> => {
  const [rows] = await server.owner.query<[unknown[]]>('SELECT * FROM effect WHERE key = $key', { key });
  return rows.length;
};

describe('createReceipts', () => {
  it('runs an effect and stores its answer', async () => {
    const request = requestOf();
    expect(await receipts.find(request)).toBeUndefined();
    const answer = { words: 7 };
    expect(await receipts.commit(request, EFFECT, { key: request.key }, answer)).toEqual(answer);
    expect(await receipts.find(request)).toEqual(answer);
    expect(await effects(request.key)).toBe(1);
  });

  it('runs one effect for twenty concurrent deliveries, and returns its answer to all', async () => {
    const request = requestOf();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, by) => receipts.commit(request, EFFECT, { key: request.key }, { by })),
    );
    expect(new Set(answers.map(({ by }) => by)).size).toBe(1);
    expect(await effects(request.key)).toBe(1);
  });

  it('writes neither effect nor receipt when the effect throws, and reports the reason', async () => {
    const request = requestOf();
    const refused = `${EFFECT}; THROW 'note_changed'`;
    const error = await receipts.commit(request, refused, { key: request.key }, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EffectRefused);
    expect(error).toMatchObject({ reason: 'note_changed' });
    expect(await effects(request.key)).toBe(0);
    expect(await receipts.find(request)).toBeUndefined();
  });

  it('refuses a key that was used for other work', async () => {
    const request = requestOf();
    await receipts.commit(request, EFFECT, { key: request.key }, {});
    const other = requestOf(request.key, 'other work');
    const reused = { code: 'SPOOKY_API_KEY_REUSED' };
    await expect(receipts.find(other)).rejects.toMatchObject(reused);
    await expect(receipts.commit(other, EFFECT, { key: request.key }, {})).rejects.toMatchObject(reused);
    expect(await effects(request.key)).toBe(1);
  });

  it('accepts receipts that were written without a hash', async () => {
    const request = requestOf();
    const id = new RecordId('receipt', request.key);
    await server.owner.query('CREATE $id SET answer = { writer: "offline" }', { id });
    expect(await receipts.find(request)).toEqual({ writer: 'offline' });
  });
});
