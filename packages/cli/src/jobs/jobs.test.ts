/** `spooky jobs` on the real server, without the process around it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { createLink, type Link } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chooseOutboxes, listJobs, parseJobId, requestJob, showJob } from './jobs.ts';
import { jobStats, statsText } from './stats.ts';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const SCHEMA = path.resolve(import.meta.dirname, '../../../../schema');
const outbox = { backend: 'api', table: 'job' };
const all = { tables: ['job'], status: undefined, path: undefined, limit: 20 };
let folder: string;
let server: SurrealServer;
let database: Surreal;
let link: Link;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-jobs-'));
  server = await startServer({ storage: { type: 'rocksdb', path: path.join(folder, 'data') }, port: 0, root: ROOT });
  database = new Surreal();
  await database.connect(server.url, { authentication: ROOT, reconnect: false });
  await database.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS main');
  await database.use({ namespace: 'main', database: 'main' });
  for (const file of ['schema.surql', 'outbox/api.surql']) {
    await database.query(await readFile(path.join(SCHEMA, file), 'utf8'));
  }
  link = createLink({ url: server.url, namespace: 'main', database: 'main', ...ROOT, levels: ['root'] });
  await link.open();
});
afterEach(() => database.query('DELETE job'), 120_000);
afterAll(async () => {
  await link.close();
  await database.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function insert(id: string, fields: string): Promise<void> {
  await database.query(`CREATE job:${id} SET path = '/spookify', ${fields}`);
}

describe('stats', () => {
  it('of an empty outbox', async () => {
    const stats = await jobStats(link, outbox);
    const none = { count: 0, atLeast: false };
    expect(stats).toEqual({
      ...outbox,
      ...{ pending: none, due: none, processing: none, runners: [], hour: { success: none, failed: none } },
      ...{ failures: [], requests: 0 },
    });
    expect(statsText(stats)).toBe(
      'api (job)\n  pending     0: 0 due\n  processing  0\n  last hour   0 succeeded, 0 failed',
    );
  });

  it('say what waits, who works, and what failed of what', async () => {
    await insert('late', 'run_at = time::now() - 40s');
    await insert('later', 'run_at = time::now() + 2h');
    await insert('asked', `run_at = time::now() + 3h, request = 'cancel'`);
    await insert('a', `status = 'processing', runner = 'one:1', lease_until = time::now() + 10s`);
    await insert('b', `status = 'processing', runner = 'one:1', lease_until = time::now() + 20s`);
    await insert('c', `status = 'processing', runner = 'two:2', lease_until = time::now() - 10s`);
    await insert('old', `status = 'success', run_at = time::now() - 2h`);
    await insert('new', `status = 'success'`);
    const failed = (code: string) =>
      `status = 'failed', errors = [{ code: 'first' }, { code: '${code}', reason: 'x' }]`;
    await insert('f1', failed('http_500'));
    await insert('f2', failed('http_500'));
    await insert('f3', failed('cancelled'));
    await insert('f4', `status = 'failed'`);
    const stats = await jobStats(link, outbox);
    expect(stats).toMatchObject({
      ...{ pending: { count: 3 }, due: { count: 1 }, processing: { count: 3 }, requests: 1 },
      hour: { success: { count: 1 }, failed: { count: 4 } },
      runners: [
        { runner: 'one:1', jobs: 2 },
        { runner: 'two:2', jobs: 1 },
      ],
    });
    expect(stats.failures[0]).toEqual({ code: 'http_500', jobs: 2 });
    expect(stats.failures).toEqual(
      expect.arrayContaining([
        { code: 'cancelled', jobs: 1 },
        { code: 'unknown', jobs: 1 },
      ]),
    );
    const text = statsText(stats);
    expect(text).toMatch(/pending {5}3: 1 due, the first for 4\d s, the next in (1 h 59 min|2 h)\n/);
    expect(text).toMatch(/one:1 {2}2, the first lease ends in \d+ s\n {4}two:2 {2}1, a lease ended 1\d s ago\n/);
    expect(text).toContain('1 of owners, not yet seen by a runner');
  });

  it('stop counting at ten thousand', { timeout: 120_000 }, async () => {
    await database.query(`INSERT INTO job (array::range(0, 10002).map(|$n| { path: '/spookify' })) RETURN NONE`);
    const { pending, due } = await jobStats(link, outbox);
    expect([pending, due]).toEqual([
      { count: 10_000, atLeast: true },
      { count: 10_000, atLeast: true },
    ]);
  });
});

describe('show', () => {
  it.each([
    ['due_later', 'run_at = time::now() + 1h', 'due in 59 min'],
    [
      'backoff',
      `run_at = time::now() + 1h, retries = 1, errors = [{ code: 'http_503', reason: 'no' }]`,
      'Retry 1 of 3 after http_503',
    ],
    ['queued', '', 'It is the next'],
    ['unclaimed', 'run_at = time::now() - 1h', 'start one with spooky runner'],
    ['running', `status = 'processing', runner = 'one:1', lease_until = time::now() + 10s`, 'runner one:1 works on it'],
    ['lease_lapsed', `status = 'processing', runner = 'one:1', lease_until = time::now() - 10s`, 'makes it due again'],
    ['cancel_requested', `request = 'cancel'`, 'is a spooky runner up?'],
    ['succeeded', `status = 'success'`, 'It ended'],
    ['failed', `status = 'failed', errors = [{ code: 'x', reason: 'The moon.' }]`, 'x: The moon.'],
  ])('says %s', async (code, fields, text) => {
    await insert('one', fields === '' ? 'payload = {}' : fields);
    const { job, why } = await showJob(link, 'job:one');
    expect(why).toEqual({ code, text: expect.stringContaining(text) });
    expect(job).not.toHaveProperty('token');
  });

  it('counts what is due before it', async () => {
    for (const n of [1, 2, 3]) await insert(`n${n}`, `run_at = time::now() - ${10 - n}m`);
    await insert('runs', `status = 'processing', lease_until = time::now() + 10s`);
    expect((await showJob(link, 'job:n3')).why).toMatchObject({
      code: 'queued',
      text: expect.stringContaining('2 are due before it; 1 run.'),
    });
  });

  it('does not show the token', async () => {
    await insert('one', `status = 'processing', token = 'secret', lease_until = time::now()`);
    expect(JSON.stringify(await showJob(link, 'job:one'))).not.toContain('secret');
  });
});

describe('arguments', () => {
  it('filter by status and path', async () => {
    await insert('a', `status = 'failed'`);
    await insert('b', 'payload = {}');
    await database.query(`CREATE job:c SET path = '/other'`);
    const ids = async (filter: object) => (await listJobs(link, { ...all, ...filter })).map(({ id }) => String(id));
    expect(await ids({})).toEqual(['job:c', 'job:b', 'job:a']);
    expect(await ids({ path: '/other' })).toEqual(['job:c']);
    expect(await ids({ status: 'failed' })).toEqual(['job:a']);
    expect(await ids({ status: 'failed', path: '/other' })).toEqual([]);
    expect(await ids({ limit: 1 })).toEqual(['job:c']);
  });

  it('list in how long a job that waits is due', async () => {
    await insert('delayed', 'run_at = time::now() + 1h');
    await insert('due', 'payload = {}');
    await insert('ended', `status = 'failed', run_at = time::now() + 1h`);
    const dueIn = new Map((await listJobs(link, all)).map(({ id, due_in_ms }) => [String(id), due_in_ms ?? undefined]));
    expect(dueIn.get('job:delayed')).toBeGreaterThan(0);
    expect(dueIn.get('job:delayed')).toBeLessThanOrEqual(3_600_000);
    expect([dueIn.get('job:due'), dueIn.get('job:ended')]).toEqual([undefined, undefined]);
  });

  it('ask for a job that is not due yet, and refuse to retry one that is', async () => {
    await insert('delayed', 'run_at = time::now() + 1h');
    await requestJob(link, 'job:delayed', 'retry');
    expect((await showJob(link, 'job:delayed')).job).toMatchObject({ request: 'retry', status: 'pending' });
    await insert('due', 'payload = {}');
    await expect(requestJob(link, 'job:due', 'retry')).rejects.toThrow('those that are not due yet, can be retried');
  });

  it.each([
    ['jbo:abc', 'did you mean job:abc?'],
    ['abc', 'write its id as listed'],
    ['job:', 'write its id as listed'],
    ['user:one', 'write its id as listed'],
  ])('%s is no job', (text, hint) => {
    const parse = () => parseJobId(text, ['job']);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'SPOOKY_CLI_BAD_ARGUMENT', message: expect.stringContaining(hint) }),
    );
  });

  it.each(["job:['a', 1]", 'job:⟨a b⟩', 'job:7', 'job:u"018f0000-0000-7000-8000-000000000000"'])(
    '%s is found as it is listed',
    async (id) => {
      await database.query(`CREATE ${id} SET path = '/spookify'`);
      const [listed] = await listJobs(link, all);
      expect((await showJob(link, String(listed?.id))).job).toMatchObject({ path: '/spookify' });
    },
  );

  it.each(['job:a b', 'job:⟨', 'job:{', 'job:a; DELETE job', "job:'"])('%s cannot be read', async (id) => {
    await insert('a', 'payload = {}');
    await expect(showJob(link, id)).rejects.toMatchObject({
      code: 'SPOOKY_CLI_BAD_ARGUMENT',
    });
    await expect(requestJob(link, id, 'cancel')).rejects.toMatchObject({
      code: 'SPOOKY_CLI_BAD_ARGUMENT',
    });
    expect(await listJobs(link, all)).toHaveLength(1);
  });

  it('name a backend of sp00ky.yml', () => {
    const outboxes = [outbox, { backend: 'mail', table: 'mail_job' }];
    expect(chooseOutboxes(outboxes, undefined)).toEqual(outboxes);
    expect(chooseOutboxes(outboxes, 'mail')).toEqual([outboxes[1]]);
    expect(() => chooseOutboxes(outboxes, 'mial')).toThrow('There is no backend mial; did you mean mail?');
    expect(() => chooseOutboxes(outboxes, 'queue')).toThrow('sp00ky.yml has api, mail.');
  });
});
