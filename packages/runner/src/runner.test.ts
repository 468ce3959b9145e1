import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRunner, type Runner } from './runner.ts';
import { startBackend, type TestBackend } from './testing/backend.ts';
import { startDatabase, type TestDatabase } from './testing/database.ts';

let database: TestDatabase;
let backend: TestBackend;
let runner: Runner;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('DELETE job');
  backend = await startBackend();
  runner = createRunner({ database: database.options, backends: [backend.options], backoff: { baseMs: 20 } });
  await runner.start();
});
afterEach(async () => {
  await runner.stop({ graceMs: 0 });
  await backend.close();
});

describe('one job', () => {
  test('is delivered and done', async () => {
    const id = await database.insert();
    await vi.waitFor(async () => expect(await database.row(id)).toMatchObject({ status: 'success' }));
    expect(await database.row(id)).toMatchObject({ result: { writer: 'offline' }, retries: 0, errors: [] });
    expect(backend.calls).toHaveLength(1);
  });
});
