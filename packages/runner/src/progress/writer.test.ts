import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, createConnection } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import type { Writer } from '../outbox/writer.ts';
import { isFenced } from '../ownership/fence.ts';
import { startDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/fixture.ts';
import { aJob } from '../testing/job.ts';
import { createTestWriter } from '../testing/writer.ts';
import { createAttempts } from './attempts.ts';
import { createProgressWriter } from './writer.ts';

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

test('writes the progress of the current attempt only, and none once the runner is dead', async () => {
  const warnings: unknown[] = [];
  const writer = await createTestWriter(connection);
  const writes: Promise<unknown>[] = [];
  const watched: Writer = {
    write(statements, bindings) {
      const write = writer.write(statements, bindings);
      writes.push(write);
      return write;
    },
  };
  const progress = createProgressWriter(watched, {
    ...silentLogger,
    warn: (details: unknown) => void warnings.push(details),
  });
  const attempts = createAttempts();
  const [id, later] = [await database.insert(), await database.insert({ retries: 1 })];
  const attempt = attempts.begin(aJob({ id }), undefined);
  const earlier = attempts.begin(aJob({ id: later }), undefined);

  progress.report(attempt, { note: 'alive' });
  progress.report(earlier, { note: 'of the attempt before' });
  await eventually(async () => expect(await database.row(id)).toMatchObject({ progress: { note: 'alive' } }));
  expect(await database.row(later)).not.toHaveProperty('progress');

  await writer.die();
  progress.report(attempt, { note: 'dead' });
  await eventually(() => expect(writes).toHaveLength(2));
  await expect(writes[1]).rejects.toSatisfy(isFenced);
  await progress.close();
  expect(await database.row(id)).toMatchObject({ progress: { note: 'alive' } });
  // The runner learns of its death from its next beat.
  expect(warnings).toEqual([]);
});
