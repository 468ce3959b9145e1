import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { PARTITIONS } from '../ownership/partition.ts';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';
import { createTestWriter, type TestWriter } from '../testing/writer.ts';
import { createPrune, type Prune, type Retention } from './prune.ts';
import { pruneEnded } from './sql/maintenance.ts';

const HOUR = 3_600_000;
let fixture: Fixture;
let connection: Connection;
let writer: TestWriter;
const prunes: Prune[] = [];

beforeAll(async () => {
  fixture = await createFixture();
  connection = createConnection(fixture.database.options, silentLogger, Math.random);
  await connection.open();
});
beforeEach(async () => {
  writer = await createTestWriter(connection);
});
afterEach(async () => {
  await Promise.all(prunes.splice(0).map((prune) => prune.stop()));
  await fixture.reset();
});
afterAll(async () => {
  await connection.close();
  await fixture.close();
});

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

function prune(keep: Retention, batch = 200, partitions = ALL): Prune {
  const options = { backend: 'api', table: 'job', partitions: () => partitions, keep, batch, intervalMs: 20 };
  const made = createPrune(connection, writer, options, silentLogger);
  prunes.push(made);
  return made;
}

/** Rows that ended this many hours ago. */
async function ended(status: string, hours: number, count = 1): Promise<void> {
  await fixture.database.query(
    `FOR $i IN 0..$count { CREATE job SET path = '/spookify', status = $status, run_at = time::now() - <duration> $age RETURN NONE }`,
    { count, status, age: `${hours}h` },
  );
}

const left = () =>
  fixture.database.query<{ status: string; count: number }[]>(
    'SELECT status, count() AS count FROM job GROUP BY status ORDER BY status',
  );

test('deletes what is old enough, by status, and keeps everything else', async () => {
  await ended('success', 3, 5);
  await ended('success', 1, 2);
  await ended('failed', 3, 4);
  await ended('failed', 9, 3);
  await ended('pending', 99);
  prune({ success: 2 * HOUR, failed: 5 * HOUR }, 2).start();
  await eventually(async () => {
    expect(await left()).toEqual([
      { status: 'failed', count: 4 },
      { status: 'pending', count: 1 },
      { status: 'success', count: 2 },
    ]);
  });
});

test('keeps a status without a retention time forever', async () => {
  await ended('success', 9999);
  await ended('failed', 9999);
  prune({ failed: HOUR }).start();
  await eventually(async () => expect(await left()).toEqual([{ status: 'success', count: 1 }]));
});

test('counts the age from the end of a job, however long ago it was due', async () => {
  const id = await fixture.database.insert({ run_at: new Date(Date.now() - 99 * HOUR) });
  await fixture.run();
  await fixture.becomes(id, { status: 'success' });
  await ended('success', 2);
  prune({ success: HOUR }).start();
  await eventually(async () => expect(await left()).toHaveLength(1));
  expect(await fixture.database.row(id)).toMatchObject({ status: 'success' });
});

test('keeps a job that its owner wants to rerun', async () => {
  await ended('failed', 9, 2);
  const [wanted] = await fixture.database.query<unknown[]>(
    `UPDATE (SELECT VALUE id FROM job LIMIT 1) SET request = 'retry' RETURN VALUE id`,
  );
  prune({ failed: HOUR }).start();
  await eventually(async () => expect(await fixture.database.query('SELECT VALUE id FROM job')).toEqual([wanted]));
});

test('runs on several runners at the same time, each for its own partitions', async () => {
  await ended('success', 9, 400);
  const [first = 0, ...others] = ALL;
  prune({ success: HOUR }, 20, others.slice(0, 3)).start();
  prune({ success: HOUR }, 20, others.slice(3)).start();
  const partitions = () => fixture.database.query('SELECT VALUE partition FROM job GROUP BY partition');
  await eventually(async () => expect(await partitions()).toEqual([first]));
  prune({ success: HOUR }, 20, [first]).start();
  await eventually(async () => expect(await left()).toEqual([]));
});

test('deletes nothing after the runner was declared dead', async () => {
  await ended('success', 9, 3);
  await writer.die();
  const refused: unknown[] = [];
  const logger = { ...silentLogger, warn: (details: object) => void refused.push(details) };
  const options = { backend: 'api', table: 'job', partitions: () => ALL, keep: { success: HOUR }, intervalMs: 20 };
  const dead = createPrune(connection, writer, options, logger);
  prunes.push(dead);
  dead.start();
  await eventually(() => expect(refused).not.toEqual([]));
  expect(await left()).toEqual([{ status: 'success', count: 3 }]);
});

test('runs for the backends that configure it', async () => {
  await ended('success', 9, 3);
  await fixture.run({ backends: [{ ...fixture.backend.options, prune: { success: HOUR } }] });
  await eventually(async () => expect(await left()).toEqual([]));
});

test('reads only the oldest entries of its status', async () => {
  const select = /\((SELECT .*?)\)/s.exec(pruneEnded('job', 3))?.[1]?.replace('$limit', '10');
  const plan = await fixture.database.query<string>(
    `LET $old = time::now() - 1h; LET $status = 'success'; RETURN EXPLAIN ${select}`,
  );
  expect(plan).toMatch(/job_status_partition_run_at, access: \['success', 3\] LessThan d'.*limit: 10/);
});

test('keeps the thread of a pruned job', async () => {
  await fixture.database.query(`CREATE user:ada SET username = 'ada';
    CREATE thread:a SET title = 'A house', content = 'It creaks.', author = user:ada`);
  await fixture.database.query(`CREATE job SET path = '/spookify', status = 'success',
    assigned_to = thread:a, run_at = time::now() - 9h`);
  const jobs = () => fixture.database.query<unknown[]>('SELECT id FROM job WHERE assigned_to = thread:a');
  expect(await jobs()).toHaveLength(1);
  prune({ success: HOUR }).start();
  await eventually(async () => expect(await jobs()).toEqual([]));
  expect(await fixture.database.query('SELECT VALUE id FROM thread:a')).toHaveLength(1);
});
