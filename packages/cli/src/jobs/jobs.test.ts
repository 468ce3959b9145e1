/** The functions behind `spooky jobs`, on the real server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { installOwnership, PARTITIONS } from '@spookify/runner/ownership';
import { createLink, type Link } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_OUTBOX, FIXTURE_SCHEMA } from '../testing/fixture.ts';
import { chooseOutboxes, listJobs, parseJobId, requestJob, showJob } from './jobs.ts';
import { jobStats, statsText } from './stats.ts';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const outbox = { backend: 'api', table: 'job' };
const all = { tables: ['job'], status: undefined, path: undefined, limit: 20 };
let folder: string;
let server: SurrealServer;
let database: Surreal;
let link: Link;
const stopBeats: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-jobs-'));
  server = await startServer({ storage: { type: 'rocksdb', path: path.join(folder, 'data') }, port: 0, root: ROOT });
  database = new Surreal();
  await database.connect(server.url, { authentication: ROOT, reconnect: false });
  await database.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS main');
  await database.use({ namespace: 'main', database: 'main' });
  await database.query(FIXTURE_SCHEMA);
  await database.query(FIXTURE_OUTBOX);
  link = createLink({ url: server.url, namespace: 'main', database: 'main', ...ROOT, levels: ['root'] });
  await link.open();
  await installOwnership(link);
});
afterEach(async () => {
  await Promise.all(stopBeats.splice(0).map((stop) => stop()));
  await database.query('DELETE job, spooky_runner, spooky_partition');
}, 120_000);
afterAll(async () => {
  await link.close();
  await database.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function insert(id: string, fields: string): Promise<void> {
  await database.query(`CREATE job:${id} SET path = '/spookify', ${fields}`);
}

/** Inserts a runner that owns partitions. A living one beats until the test ends. */
async function makeRunner(id: string, life: 'beats' | 'silent' | 'dead', ...partitions: number[]): Promise<void> {
  const alive = life !== 'dead';
  await database.query(`CREATE type::record('spooky_runner', $id) SET beat = 0, alive = $alive, tables = ['job'];`, {
    ...{ id, alive },
  });
  await own(id, ...partitions);
  if (life === 'beats') stopBeats.push(startBeats(id));
}

/** @returns a function that stops the beats; it resolves when the last one has been written */
function startBeats(id: string): () => Promise<void> {
  let isStopping = false;
  async function beat(): Promise<void> {
    while (!isStopping) await database.query(`UPDATE type::record('spooky_runner', $id) SET beat += 1`, { id });
  }
  const beating = beat();
  return async () => {
    isStopping = true;
    await beating;
  };
}

async function own(owner: string | undefined, ...partitions: number[]): Promise<void> {
  for (const number of partitions) {
    await database.query(`CREATE type::record('spooky_partition', ['job', $number]) SET owner = $owner, crashes = 0`, {
      ...{ number, owner },
    });
  }
}

describe('jobStats', () => {
  it('counts nothing in an empty outbox', async () => {
    const stats = await jobStats(link, outbox);
    const none = { count: 0, atLeast: false };
    expect(stats).toEqual({
      ...outbox,
      ...{
        pending: none,
        due: none,
        processing: none,
        runners: [],
        unowned: PARTITIONS,
        hour: { success: none, failed: none },
      },
      ...{ failures: [], requests: 0 },
    });
    expect(statsText(stats)).toBe(
      'api (job)\n  pending     0: 0 due\n  processing  0\n  runners     0; 8 partitions have no owner\n  last hour   0 succeeded, 0 failed',
    );
  });

  it('counts pending jobs, runners, and failures by code', async () => {
    await makeRunner('one:1', 'beats', 0, 1, 2);
    await makeRunner('two:2', 'dead', 3);
    await makeRunner('new', 'beats');
    await own(undefined, 4, 5);
    await insert('late', 'run_at = time::now() - 40s');
    await insert('later', 'run_at = time::now() + 2h');
    await insert('asked', `run_at = time::now() + 3h, request = 'cancel'`);
    await insert('a', `status = 'processing', runner = 'one:1'`);
    await insert('b', `status = 'processing', runner = 'one:1'`);
    await insert('c', `status = 'processing', runner = 'two:2'`);
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
        { runner: 'one:1', life: 'alive', partitions: 3, jobs: 2 },
        { runner: 'two:2', life: 'gone', partitions: 1, jobs: 1 },
        { runner: 'new', life: 'alive', partitions: 0, jobs: 0 },
      ],
      unowned: 2,
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
    expect(text).toContain(
      [
        '  runners     3; 2 partitions have no owner',
        '    one:1  3 partitions, 2 jobs',
        '    two:2  1 partitions, 1 jobs; is gone',
        '    new  0 partitions, 0 jobs',
      ].join('\n'),
    );
    expect(text).not.toContain('no runner is alive');
    expect(text).toContain('1 not handled by a runner yet');
  });

  it('reports that no runner is alive, even if the row of a crashed one says that it is', async () => {
    await insert('late', 'run_at = time::now() - 40s');
    expect(statsText(await jobStats(link, outbox))).toContain('1 due, the first for 40 s  (no runner is alive');
    await makeRunner('crashed', 'silent', 0);
    const text = statsText(await jobStats(link, outbox, 300));
    expect(text).toContain('(no runner is alive; start one with spooky runner)');
    expect(text).toContain('crashed  1 partitions, 0 jobs; gives no sign of life');
  });

  it('stops counting at ten thousand', { timeout: 120_000 }, async () => {
    await database.query(`INSERT INTO job (array::range(0, 10002).map(|$n| { path: '/spookify' })) RETURN NONE`);
    const { pending, due } = await jobStats(link, outbox);
    expect([pending, due]).toEqual([
      { count: 10_000, atLeast: true },
      { count: 10_000, atLeast: true },
    ]);
  });
});

describe('showJob', () => {
  it.each([
    ['due_later', 'run_at = time::now() + 1h', 'due in 59 min'],
    [
      'backoff',
      `run_at = time::now() + 1h, retries = 1, errors = [{ code: 'http_503', reason: 'no' }]`,
      'Retry 1 of 3 after http_503',
    ],
    [
      'queued',
      '',
      'It is the next job of its partition. Running jobs of its table: 0. Runner one:1 owns its partition, and is alive.',
    ],
    ['no_owner', 'partition = 3', 'start one with spooky runner'],
    ['no_owner', 'partition = 7', 'start one with spooky runner'],
    ['owner_gone', 'partition = 1', 'Runner two:2 owns its partition, but is gone.'],
    ['owner_gone', 'partition = 2', 'Runner three:3 owns its partition, but gives no sign of life.'],
    ['running', `status = 'processing', runner = 'one:1'`, 'Runner one:1 is running it, and is alive.'],
    ['running', `status = 'processing', runner = 'one:1', partition = 1`, 'Runner one:1 is running it, and is alive.'],
    ['runner_gone', `status = 'processing', runner = 'two:2'`, 'Runner two:2 was running it, and is gone'],
    ['runner_gone', `status = 'processing', runner = 'three:3'`, 'and gives no sign of life'],
    ['runner_gone', `status = 'processing'`, 'Its row names no runner'],
    ['cancel_requested', `request = 'cancel'`, 'Runner one:1 owns its partition'],
    ['retry_requested', `status = 'failed', request = 'retry', partition = 1`, 'start one with spooky runner'],
    ['succeeded', `status = 'success'`, 'It ended'],
    ['failed', `status = 'failed', errors = [{ code: 'x', reason: 'The moon.' }]`, 'x: The moon.'],
  ])('explains %s', async (code, fields, text) => {
    await makeRunner('one:1', 'beats', 0);
    await makeRunner('two:2', 'dead', 1);
    await makeRunner('three:3', 'silent', 2);
    await own(undefined, 3);
    await insert('one', fields.includes('partition') ? fields : ['partition = 0', fields].filter(Boolean).join(', '));
    const { why } = await showJob(link, 'job:one', 1_000);
    expect(why).toEqual({ code, text: expect.stringContaining(text) });
  });

  it('counts the jobs that are due before it', async () => {
    await makeRunner('one:1', 'beats', 2);
    for (const n of [1, 2, 3]) await insert(`n${n}`, `run_at = time::now() - ${10 - n}m, partition = 2`);
    await insert('elsewhere', 'run_at = time::now() - 10m, partition = 1');
    await insert('runs', `status = 'processing'`);
    expect((await showJob(link, 'job:n3')).why).toMatchObject({
      code: 'queued',
      text: expect.stringContaining('Jobs of its partition that are due before it: 2. Running jobs of its table: 1.'),
    });
  });
});

describe('the arguments of spooky jobs', () => {
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

  it('list when a delayed job is due', async () => {
    await insert('delayed', 'run_at = time::now() + 1h');
    await insert('due', 'payload = {}');
    await insert('ended', `status = 'failed', run_at = time::now() + 1h`);
    const dueIn = new Map((await listJobs(link, all)).map(({ id, due_in_ms }) => [String(id), due_in_ms ?? undefined]));
    expect(dueIn.get('job:delayed')).toBeGreaterThan(0);
    expect(dueIn.get('job:delayed')).toBeLessThanOrEqual(3_600_000);
    expect([dueIn.get('job:due'), dueIn.get('job:ended')]).toEqual([undefined, undefined]);
  });

  it('retry a delayed job and refuse to retry one that is due', async () => {
    await insert('delayed', 'run_at = time::now() + 1h');
    await requestJob(link, 'job:delayed', 'retry');
    expect((await showJob(link, 'job:delayed')).job).toMatchObject({ request: 'retry', status: 'pending' });
    await insert('due', 'payload = {}');
    await expect(requestJob(link, 'job:due', 'retry')).rejects.toThrow('Only failed and delayed jobs can be retried');
  });

  it.each([
    ['jbo:abc', 'did you mean job:abc?'],
    ['abc', 'write it as listed'],
    ['job:', 'write it as listed'],
    ['user:one', 'write it as listed'],
  ])('refuse %s as a job id', (text, hint) => {
    const parse = () => parseJobId(text, ['job']);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'SPOOKY_CLI_BAD_ARGUMENT', message: expect.stringContaining(hint) }),
    );
  });

  it.each(["job:['a', 1]", 'job:⟨a b⟩', 'job:7', 'job:u"018f0000-0000-7000-8000-000000000000"'])(
    'find %s by the id that is listed',
    async (id) => {
      await database.query(`CREATE ${id} SET path = '/spookify'`);
      const [listed] = await listJobs(link, all);
      expect((await showJob(link, String(listed?.id))).job).toMatchObject({ path: '/spookify' });
    },
  );

  it.each(['job:a b', 'job:⟨', 'job:{', 'job:a; DELETE job', "job:'"])('refuse %s as unreadable', async (id) => {
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
