/**
 * Tests that no write of a runner commits after its death, at every moment of their transactions.
 *
 * In each round a runner writes with two writers, one transaction after the other, each stretched by sleeps, and only
 * the fence stops them, like a runner that was paused and does not know of its death. At a random moment another runner
 * declares it dead, and reads in the same transaction what was written. A write that is found later and was not seen
 * then was committed after the death. `ROUNDS` sets the number of rounds; the default is 300.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { ifAlive, isFenced } from './fence.ts';
import { createRegistry, fenceText } from './registry.ts';
import { withFence } from './statements.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 300);
const AT_ONCE = 4;
const WRITERS = [0, 1] as const;
/** With a broken fence, stale writes appear long before this number of rounds. */
const PATIENCE = 400;

let database: TestDatabase;
/** Two connections, so that a transaction of one does not wait for the other. */
let writing: Connection;
let declaring: Connection;

beforeAll(async () => {
  database = await startDatabase();
  await database.query('DEFINE TABLE written SCHEMALESS');
  writing = createConnection(database.options, silentLogger, Math.random);
  declaring = createConnection(database.options, silentLogger, Math.random);
  await Promise.all([writing.open(), declaring.open()]);
  await createRegistry(declaring).register({ id: 'survivor', tables: [] }, undefined);
});
afterAll(async () => {
  await Promise.all([writing.close(), declaring.close()]);
  await database.close();
});

type Fence = (fence: string, statements: string) => string;

let rounds = 0;

/** @returns how many writes were found later that were not there at the death */
async function round(fence: Fence): Promise<number> {
  rounds += 1;
  const dead = `victim-${rounds}`;
  await createRegistry(declaring).register({ id: dead, tables: [] }, undefined);
  await declaring.query('FOR $k IN [0, 1] { CREATE type::record("written", [$dead, $k]) SET n = 0 }', { dead });
  const acknowledged = [0, 0];
  const writers = WRITERS.map(async (k) => {
    for (;;) {
      const sleep = (): string => `sleep(${Math.floor(Math.random() * 8_000)}us)`;
      const write = `${sleep()}; UPDATE type::record('written', [$dead, $k]) SET n += 1 RETURN NONE; ${sleep()}; NONE`;
      try {
        await writing.query(fence(fenceText(dead, k), write), { dead, k });
        acknowledged[k] = (acknowledged[k] ?? 0) + 1;
      } catch (error) {
        if (isFenced(error)) return;
        throw error;
      }
    }
  });
  await declaring.query(`{ sleep(${Math.floor(Math.random() * 30_000)}us); NONE }`);
  const seen = await declareDead(dead);
  await Promise.all(writers);
  const written = await declaring.query(READ, { dead });
  if (!Array.isArray(written) || !Array.isArray(seen)) throw new Error('the rows are missing');
  // Every acknowledged write is there.
  expect(written).toEqual(acknowledged);
  return written.reduce((stale, n, k) => stale + n - seen[k], 0);
}

const READ = 'SELECT VALUE n FROM written:[$dead, NONE]..[$dead, ..]';

/** Declares a runner dead with the real statement, in one transaction with the read. */
async function declareDead(dead: string): Promise<unknown> {
  let seen: unknown;
  const registry = createRegistry({
    ...declaring,
    async query(text, bindings) {
      const results = await declaring.queryAll(`BEGIN; ${text}; ${READ}; COMMIT`, { ...Object(bindings), dead });
      const [died, read] = results.slice(1);
      seen = read;
      return died;
    },
  });
  expect(await registry.declareDead({ id: 'survivor', tables: [] }, [{ id: dead, beat: 0 }])).toEqual([dead]);
  return seen;
}

/** @returns the stale writes of up to `limit` rounds, or of the rounds until the first one */
async function staleIn(limit: number, fence: Fence, untilFirst: boolean): Promise<number> {
  let left = limit;
  let stale = 0;
  const some = Array.from({ length: AT_ONCE }, async () => {
    while (left > 0 && !(untilFirst && stale > 0)) {
      left -= 1;
      stale += await round(fence);
    }
  });
  await Promise.all(some);
  return stale;
}

describe('the fence', () => {
  it(`lets no write commit after the death, in ${ROUNDS} rounds`, { timeout: 60_000 + ROUNDS * 1_000 }, async () => {
    expect(await staleIn(ROUNDS, withFence, false)).toBe(0);
  });

  it.each<[string, Fence]>([
    ['is only read', (fence, write) => ifAlive(`SELECT VALUE alive FROM ${fence}`, write)],
    ['is only tested', (fence, write) => ifAlive(`SELECT VALUE alive FROM ${fence} WHERE alive`, write)],
    [
      'is written without a change',
      (fence, write) => ifAlive(`UPDATE ${fence} SET alive = true WHERE alive RETURN VALUE alive`, write),
    ],
  ])('would fail this test if it %s', { timeout: 60_000 + PATIENCE * 1_000 }, async (_, fence) => {
    expect(await staleIn(PATIENCE, fence, true)).toBeGreaterThan(0);
  });
});

describe('isFenced', () => {
  const failing = (text: string): Promise<unknown> =>
    declaring.query(text).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('recognises the error of a fence, alone and in a longer transaction', async () => {
    const fenced = withFence(fenceText('nobody', 0), 'RETURN 1');
    expect(isFenced(await failing(fenced))).toBe(true);
    expect(isFenced(await failing(`BEGIN; CREATE written:before; ${fenced}; CREATE written:after; COMMIT`))).toBe(true);
    expect(await declaring.query('SELECT * FROM written:before, written:after')).toEqual([]);
  });

  it('rejects other errors, even those that quote it', async () => {
    expect(isFenced(await failing(`THROW 'a rule'`))).toBe(false);
    expect(isFenced(await failing(`THROW 'this runner was declared dead, says a rule'`))).toBe(false);
    expect(isFenced(await failing('SELECT * FROM nowhere'))).toBe(false);
    expect(isFenced(undefined)).toBe(false);
  });
});

describe('fenced statements', () => {
  it('return the last result or the value of RETURN, and read the bindings', async () => {
    await createRegistry(declaring).register({ id: 'writer', tables: [] }, undefined);
    const fence = fenceText('writer', 1);
    const two = 'UPDATE ONLY written:a SET n = $n; UPSERT ONLY written:a SET n = $n RETURN VALUE n';
    expect(await declaring.queryAll(withFence(fence, two), { n: 5 })).toEqual([5]);
    expect(await declaring.query(withFence(fence, 'RETURN $n; CREATE written:b;'), { n: 6 })).toBe(6);
    expect(await declaring.query('SELECT * FROM written:b')).toEqual([]);
    expect(await declaring.query(`SELECT VALUE writes FROM ONLY ${fence}`)).toBe(2);
  });
});
