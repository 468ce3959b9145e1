/** Requests behind many others: of other runners' partitions, of rows that cannot be changed, or simply many. */
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { createTestWriter, type TestWriter } from '../testing/writer.ts';
import { createRequests, type RequestsOptions } from './requests.ts';
import { readRequests } from './sql/requests.ts';

/** Many times more than a runner reads at once. */
const CROWD = 1_000;

let database: TestDatabase;
let connection: Connection;
let writer: TestWriter;

beforeAll(async () => {
  database = await startDatabase();
  connection = createConnection(database.options, silentLogger, Math.random);
  await connection.open();
});
beforeEach(async () => {
  writer = await createTestWriter(connection);
});
afterEach(() => database.query('DELETE job; DELETE spooky_runner; DELETE spooky_fence'));
afterAll(async () => {
  await connection.close();
  await database.close();
});

interface Watched {
  /** Looks until there is nothing more to do; returns the number of looks. */
  look(): Promise<number>;
  readonly cancelled: readonly string[];
  readonly log: readonly string[];
  readonly written: readonly RecordId[][];
}

/** The requests of a runner that owns the partitions 2 and 5. */
function watched(options: Partial<RequestsOptions> = {}): Watched {
  const cancelled: string[] = [];
  const log: string[] = [];
  const written: RecordId[][] = [];
  const handle = createRequests({
    ...{ connection, table: 'job', partitions: () => new Set([2, 5]), handedOver: () => [] },
    writer: {
      write(statements, bindings) {
        written.push(bindings.ids as RecordId[]);
        return writer.write(statements, bindings);
      },
    },
    isHere: () => false,
    cancel: (id) => void cancelled.push(id),
    withhold: () => () => {},
    onDue() {},
    logger: { ...silentLogger, error: (...[details]: unknown[]) => void log.push(String(Object(details).job)) },
    ...options,
  });
  async function look(): Promise<number> {
    for (let count = 1; ; count += 1) if (!(await handle())) return count;
  }
  return { look, cancelled, log, written };
}

/** The index returns rows named `first` before rows named `last`. */
async function insert(count: number, name: 'first' | 'last', fields: Record<string, unknown>): Promise<RecordId[]> {
  const rows = Array.from({ length: count }, (_, n) => ({
    ...{ id: new RecordId('job', `${name}-${String(n).padStart(4, '0')}`), path: '/spookify', partition: 2 },
    ...fields,
  }));
  return await database.query<RecordId[]>('RETURN (INSERT INTO job $rows RETURN VALUE id)', { rows });
}

const withRequest = () => database.query<RecordId[]>('SELECT VALUE id FROM job WHERE request != NONE');
const statusOf = async ([id]: RecordId[]) =>
  (await database.query<unknown[]>('SELECT VALUE status FROM $id', { id }))[0];

test.each(['cancel', 'retry'])('neither reads nor waits for requests of other partitions: %s', async (request) => {
  await insert(CROWD, 'first', { request, partition: 3 });
  const last = await insert(1, 'last', { request, status: 'failed' });
  const { look, written } = watched();
  expect(await look()).toBe(1);
  expect(written).toEqual([last]);
  expect(await withRequest()).toHaveLength(CROWD);
});

test('writes and logs a row that cannot be changed once, and acts on the requests after it', async () => {
  // The rows are older than a rule that they break.
  const { fields } = await database.query<{ fields: Record<string, string> }>('INFO FOR TABLE job');
  const restore = () => database.query(String(fields.errors).replace('DEFINE FIELD', 'DEFINE FIELD OVERWRITE'));
  await database.query('DEFINE FIELD OVERWRITE errors ON job TYPE any');
  onTestFinished(async () => void (await restore()));
  await insert(CROWD, 'first', { request: 'retry', status: 'failed', errors: 'none' });
  await restore();
  const good = await insert(150, 'last', { request: 'retry', status: 'failed' });
  const { look, log, written } = watched();
  await look();
  const again = await database.query<RecordId[]>(`SELECT VALUE id FROM job WHERE status = 'pending'`);
  expect(again.map(String).toSorted()).toEqual(good.map(String));
  expect(log).toHaveLength(CROWD);
  expect(new Set(log).size).toBe(CROWD);
  const writes = written.length;
  const later = await insert(1, 'last', { id: new RecordId('job', 'last-9999'), request: 'cancel' });
  await look();
  expect(await statusOf(later)).toBe('failed');
  expect(written.length).toBe(writes + 1);
  expect(await withRequest()).toHaveLength(CROWD);
});

test('leaves what only another runner can do, and acts on the requests after it', async () => {
  await insert(CROWD, 'first', { request: 'cancel', status: 'processing', runner: 'another' });
  const last = await insert(1, 'last', { request: 'cancel' });
  const { look, written } = watched();
  expect(await look()).toBe(1);
  expect(await statusOf(last)).toBe('failed');
  expect(written).toEqual([last]);
});

test('acts on all of many requests, without making another partition wait for the last', async () => {
  await insert(CROWD, 'first', { request: 'cancel' });
  const [other] = await insert(1, 'last', { request: 'cancel', partition: 5 });
  const { look, written } = watched();
  expect(await look()).toBeGreaterThan(1);
  expect(await withRequest()).toEqual([]);
  expect(await database.query(`SELECT VALUE id FROM job WHERE status != 'failed'`)).toEqual([]);
  expect(written.slice(0, 2).flat().map(String)).toContain(String(other));
});

test('acts on other requests although one job is written to all the time', async () => {
  const ids = await insert(300, 'first', { request: 'cancel' });
  const contested = ids[250];
  let isOver = false;
  const others = [1, 2, 3].map(async () => {
    while (!isOver) await database.query(`UPDATE $id SET request = 'cancel' RETURN NONE`, { id: contested });
  });
  const { look } = watched();
  await look();
  isOver = true;
  await Promise.all(others);
  expect((await withRequest()).filter((id) => String(id) !== String(contested))).toEqual([]);
});

test('cancels running jobs whose partition was handed over, if they are to be cancelled', async () => {
  const asked = await insert(2, 'first', { request: 'cancel', partition: 3, status: 'processing', runner: 'me' });
  const others = await insert(2, 'last', { partition: 3, status: 'processing', runner: 'me' });
  const { look, cancelled, written } = watched({ handedOver: () => [...asked, ...others] });
  await look();
  expect(cancelled).toEqual(asked.map(String));
  expect(written).toEqual([]);
});

test('leaves a partition alone that is given up during a look', async () => {
  await insert(1, 'first', { request: 'cancel' });
  const owned = new Set([2]);
  const giving = {
    query(...call: Parameters<Connection['query']>) {
      const answer = connection.query(...call);
      owned.clear();
      return answer;
    },
  };
  const { look, written } = watched({ connection: giving, partitions: () => owned });
  await look();
  expect(written).toEqual([]);
});

test('reads requests by an index that covers the condition', async () => {
  const text = readRequests('job', [{ request: 'cancel', partition: 2, start: 10 }]);
  const [any, list] = [...text.matchAll(/\((SELECT .*?)\)/g)].map(([, select]) => select);
  const plan = (select = '') => database.query<string>(`EXPLAIN ${select.replace('$limit', '100')}`);
  expect(await plan(list)).toMatch(
    /IndexScan .*index: job_request_partition, access: \['cancel', 2\],.* limit: 100, offset: 10/,
  );
  expect(await plan(list)).not.toContain('Filter');
  expect(await plan(any)).toMatch(/IndexScan .*index: job_request_partition, access: >='cancel',.* limit: 1/);
});
