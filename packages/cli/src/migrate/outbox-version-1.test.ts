/** The update of a database with version 1 of the outbox file, with which runners claimed each job. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { createRunner } from '@spookify/runner';
import { PARTITIONS } from '@spookify/runner/ownership';
import { withLink } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadWithoutTokens } from '../load-without-tokens.ts';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { migrate } from './migrate.ts';
import { readSchemaFiles, type SchemaFile } from './schema-files.ts';
import { updateEngine } from './update-engine.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const RUNNER = { username: 'runner', password: 'runner-of-the-test' };
const KEY = 'key-of-the-gateways-of-the-tests-000';
/** More rows than one transaction of the update changes. */
const ENDED = 1_200;

let mini: MiniProject;
let server: SurrealServer;
let backend: Server;
const called: string[] = [];
let files: SchemaFile[];
let config: Awaited<ReturnType<typeof loadWithoutTokens>>;

beforeAll(async () => {
  server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  mini = await miniProject();
  config = await loadWithoutTokens({ cwd: mini.root, env: {} });
  files = await readSchemaFiles(config);
  backend = createServer((request, response) => {
    called.push(String(request.headers['x-job-id']));
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  backend.close();
  await server.close();
  await mini.remove();
});

async function createDatabase(name: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(server.url, { namespace: 'main', database: name, authentication: ROOT, reconnect: false });
  await client.query(`DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS \`${name}\``);
  return client;
}

/** Does what `spooky db migrate` does. */
function apply(database: string, wanted: readonly SchemaFile[]): Promise<void> {
  return withLink({ url: server.url, namespace: 'main', database, ...ROOT, levels: ['root'] }, async (link) => {
    await migrate(link, wanted, []);
    if (wanted === files) await updateEngine(link, config, KEY);
  });
}

async function jobDefinitions(database: Surreal): Promise<unknown> {
  return (await database.query('INFO FOR TABLE job'))[0];
}

it('gives every job a partition, removes the fields of claims, and lets a runner finish open jobs', async () => {
  const owner = await createDatabase('old');
  const text = await readFile(path.join(import.meta.dirname, 'outbox-version-1.surql'), 'utf8');
  await apply(
    'old',
    files.map((file) => (file.name.startsWith('outbox/') ? { ...file, text, checksum: 'of version 1' } : file)),
  );
  const common = `path = '/spookify', payload = { id: 'thread:x' }, created_by = user:ada`;
  await owner.query(`CREATE user:ada SET username = 'ada';
    CREATE job:waits SET ${common};
    CREATE job:claimed SET ${common}, status = 'processing', token = 'old', runner = 'old:1', lease_until = time::now() + 1h;
    CREATE job:failed SET ${common}, status = 'failed', errors = [{ attempt: 1, code: 'http_500', reason: 'no' }];
    FOR $n IN 0..${ENDED} {
      CREATE type::record('job', $n) SET ${common}, status = 'success', token = 'old', result = $n,
        run_at = time::now() - 30d RETURN NONE
    };
    CREATE job:misfit SET ${common}, status = 'success', run_at = time::now() - 30d`);
  // The row is older than a rule that it breaks.
  await owner.query(`DEFINE FIELD OVERWRITE retries ON job TYPE any; UPDATE job:misfit SET retries = 'many';
    DEFINE FIELD OVERWRITE retries ON job TYPE int DEFAULT 0`);

  await apply('old', files);
  const fresh = await createDatabase('fresh');
  await apply('fresh', files);
  expect(await jobDefinitions(owner)).toEqual(await jobDefinitions(fresh));
  const [left, sample, inbox] = await owner.query<[unknown[], object, unknown[]]>(
    `SELECT VALUE id.id() FROM job WHERE partition = NONE OR token != NONE OR lease_until != NONE;
    SELECT result, status, errors FROM ONLY job:7; SELECT VALUE r FROM spooky_change WHERE reset != true`,
  );
  expect(left).toEqual(['misfit']);
  // The query with which the runner finds the jobs to delete.
  const inPartition = (number: number) =>
    `SELECT VALUE id FROM job WHERE status = 'success' AND partition = ${number} AND run_at < time::now() - 1d`;
  const prunable = await owner.query<unknown[][]>(
    Array.from({ length: PARTITIONS }, (_, n) => inPartition(n)).join(';'),
  );
  expect(prunable.flat()).toHaveLength(ENDED);
  expect(sample).toMatchObject({ result: 7, status: 'success', errors: [] });
  expect(inbox.length).toBeLessThan(100);

  await owner.query(`DEFINE USER runner ON DATABASE PASSWORD '${RUNNER.password}' ROLES EDITOR`);
  const address = backend.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const runner = createRunner({
    database: { url: server.url, namespace: 'main', database: 'old', ...RUNNER },
    backends: [
      {
        ...{ name: 'api', table: 'job', baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 5_000, concurrency: 4 },
        routes: { '/spookify': { request: {} } },
      },
    ],
  });
  await runner.start();
  try {
    const patience = { timeout: 60_000, interval: 50 };
    await vi.waitFor(async () => {
      const [open] = await owner.query('SELECT VALUE [id.id(), status, rescues] FROM [job:waits, job:claimed]');
      expect(open).toEqual([
        ['waits', 'success', 0],
        ['claimed', 'success', 1],
      ]);
    }, patience);
    expect(called.sort()).toEqual(['job:claimed', 'job:waits']);
  } finally {
    await runner.stop();
    await Promise.all([owner.close(), fresh.close()]);
  }
}, 120_000);
