/*
 * Measures how many jobs a runner delivers in a second, with one POST each to a backend that does nothing, and how long
 * one job takes on an idle runner. Database, backend and runner have a process each, as in `spooky dev`; the runner's
 * is this one. Several runners, and the single one that they are compared with, have a process each, and a warm-up
 * round that does not count: Node compiles code that runs often. In between, the same POSTs are timed without jobs, and
 * two writes of a minimal row per job are timed without calls: the limits of the machine and of the engine.
 *
 *   BACKLOG=100000 how many jobs wait in the long backlog; more than three rounds of 5,000
 *   IDLE=3000      how many jobs are measured one after the other
 *   ONLY=short     only the first part: 5,000 jobs, three times, without and with the inbox of changes; to compare with a peer
 *   ONLY=several   only the parts with several runners
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '@spookify/config';
import { type RecordId, Surreal } from 'surrealdb';
import { Pool } from 'undici';
import { type Benchmark, round, type Summary, summarize, throughput } from '../../../bench/measure.ts';
import type { RunnerBackend } from './backends.ts';
import { createRunner } from './runner.ts';
import { startChild } from './testing/child.ts';
import { startDatabase, type TestDatabase } from './testing/database.ts';

const TOKEN = 'token-of-the-benchmark';
const JOBS = 5_000;
const CONCURRENCY = 50;
const ROUNDS = 3;

const RUNNERS = 4;
const SEVERAL_JOBS = 10_000;
const SLOW_JOBS = 2_000;
const SLOW_MS = 50;

const bench: Benchmark = async (progress) => {
  const backlog = Number(process.env.BACKLOG ?? 100_000);
  const idle = Number(process.env.IDLE ?? 3_000);
  if (backlog <= ROUNDS * JOBS) throw new RangeError(`BACKLOG must be more than ${ROUNDS * JOBS}.`);
  const database = await startDatabase('own process');
  const child = await startChild(new URL('./testing/noop-backend.ts', import.meta.url), TOKEN);
  const backend: RunnerBackend = {
    name: 'noop',
    baseUrl: String(child.ready),
    table: 'job',
    routes: { '/noop': { request: { type: 'object' } }, '/slow': { request: { type: 'object' } } },
    token: new Secret(TOKEN),
    timeoutMs: 60_000,
    concurrency: CONCURRENCY,
  };
  /** Jobs per second of each round. */
  async function rounds(name: string, once: () => Promise<number>): Promise<{ rounds: number[]; median: number }> {
    const figures: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) figures.push(await once());
    progress(`${name}: ${figures.map(Math.round).join(', ')} a second`);
    return { rounds: figures.map(round), median: summarize(figures).median };
  }
  const short = async (): Promise<number> => {
    await insert(database, JOBS);
    return await drain(database, backend, JOBS);
  };
  try {
    const posts = await rounds('the POST alone', () => postAlone(backend.baseUrl));
    const cpu = process.cpuUsage();
    const jobsPerSecond = await rounds(`${JOBS} waiting`, short);
    const { user, system } = process.cpuUsage(cpu);
    const ownMicroseconds = round((user + system) / (ROUNDS * JOBS));
    await addInbox(database);
    const withInbox = await rounds(`${JOBS} waiting, with the inbox of changes`, short);
    await removeInbox(database);
    const first = {
      concurrency: CONCURRENCY,
      jobs: JOBS,
      jobsPerSecond,
      withInbox,
      postsPerSecond: posts,
      ownMicroseconds,
    };
    if (process.env.ONLY === 'short') return first;

    const own = async (runners: number, jobs: number, path: string, payload: object, concurrency: number) => {
      const settings = { ...backend, concurrency };
      return await withRunners(database, settings, runners, async (drainAll) => {
        await drainAll(jobs, path, payload);
        const name = `${runners} with ${concurrency} at a time each, ${path}`;
        return await rounds(name, () => drainAll(jobs, path, payload));
      });
    };
    const one = await own(1, SEVERAL_JOBS, '/noop', {}, CONCURRENCY);
    const four = await own(RUNNERS, SEVERAL_JOBS, '/noop', {}, CONCURRENCY);
    const slowOne = await own(1, SLOW_JOBS, '/slow', { ms: SLOW_MS }, 16);
    const slowFour = await own(RUNNERS, SLOW_JOBS, '/slow', { ms: SLOW_MS }, 16);
    const noopJobs = { one, four, ofOne: round(four.median / one.median) };
    const slowJobs = { ms: SLOW_MS, one: slowOne, four: slowFour, ofOne: round(slowFour.median / slowOne.median) };
    if (process.env.ONLY === 'several') return { ...first, noopJobs, slowJobs };

    const floor = await rounds('two writes of the barest row, no call', () => twoWritesAlone(database));
    const writes = await writesPerJob(database, backend);
    const idleMilliseconds = await idleLatency(database, backend, idle);
    progress(`idle: ${idleMilliseconds.afterInsert.median} ms from the insert's answer to the end of the call`);
    await insert(database, backlog);
    progress(`${backlog} jobs wait`);
    const long = await rounds(`${backlog} waiting`, () => deliverSome(database, backend));
    return {
      ...first,
      twoWritesAlone: floor,
      ofTheWritesAlone: round(jobsPerSecond.median / floor.median),
      ofThePostAlone: round(jobsPerSecond.median / posts.median),
      longBacklog: { waiting: backlog, ...long },
      longToShort: round(long.median / jobsPerSecond.median),
      noopJobs,
      slowJobs,
      idleMilliseconds,
      rowWritesPerJob: writes,
    };
  } finally {
    await child.kill();
    await database.close();
  }
};
export default bench;

async function insert(
  database: TestDatabase,
  count: number,
  path = '/noop',
  payload: object = {},
  status = 'pending',
): Promise<void> {
  for (let done = 0; done < count; done += 1_000) {
    const size = Math.min(1_000, count - done);
    await database.query(
      `FOR $i IN 0..$size { CREATE job SET path = $path, payload = object::extend($payload, { id: $i }), status = $status RETURN NONE }`,
      { size, path, payload, status },
    );
  }
}

/** Jobs per second, from the start of a runner until no row waits or runs. */
async function drain(database: TestDatabase, backend: RunnerBackend, jobs: number): Promise<number> {
  const runner = createRunner({ database: database.options, backends: [backend] });
  const before = await callsOf(backend);
  const start = performance.now();
  await runner.start();
  while ((await callsOf(backend)) - before < jobs || !(await isDrained(database))) await delay(20);
  const seconds = (performance.now() - start) / 1000;
  await runner.stop();
  return jobs / seconds;
}

async function isDrained(database: TestDatabase): Promise<boolean> {
  const open = await Promise.all(
    ['pending', 'processing'].map((status) =>
      database.query<unknown[]>(`SELECT VALUE id FROM job WHERE status = $status LIMIT 1`, { status }),
    ),
  );
  return open.every((rows) => rows.length === 0);
}

/** Jobs per second, from when they are due until no row waits or runs. */
type DrainAll = (jobs: number, path: string, payload: object) => Promise<number>;

/** Starts this many runners, and runs the work once all of them own their share. */
async function withRunners<T>(
  database: TestDatabase,
  backend: RunnerBackend,
  runners: number,
  work: (drainAll: DrainAll) => Promise<T>,
): Promise<T> {
  const { token: _, ...plain } = backend;
  const argument = { database: database.options, backends: [plain], token: TOKEN };
  const children = await Promise.all(
    Array.from({ length: runners }, () => startChild(new URL('./testing/runner-entry.ts', import.meta.url), argument)),
  );
  try {
    while (!(await isDivided(database, runners))) await delay(50);
    return await work(async (jobs, path, payload) => {
      await insert(database, jobs, path, payload, 'failed');
      const ids = await database.query<RecordId[]>(`SELECT VALUE id FROM job WHERE status = 'failed'`);
      const before = await callsOf(backend);
      // In one transaction, so that no job is due before the answer. Not with a later `run_at`: its old index entries
      // would be ahead of every tail read.
      await database.query(`UPDATE $ids SET status = 'pending', run_at = time::now() RETURN NONE`, { ids });
      const start = performance.now();
      while ((await callsOf(backend)) - before < jobs || !(await isDrained(database))) await delay(20);
      return (jobs / (performance.now() - start)) * 1000;
    });
  } finally {
    for (const child of children) child.signal('SIGTERM');
    await Promise.all(children.map(({ exited }) => exited));
  }
}

async function isDivided(database: TestDatabase, runners: number): Promise<boolean> {
  const owners = await database.query<(string | undefined)[]>('SELECT VALUE owner FROM spooky_partition');
  const shares = Map.groupBy(owners, (owner) => owner);
  return (
    !shares.has(undefined) &&
    shares.size === runners &&
    [...shares.values()].every(({ length }) => length === 8 / runners)
  );
}

/** Adds what `spooky db migrate` adds for a gateway: an event that writes an entry for each changed row. */
async function addInbox(database: TestDatabase): Promise<void> {
  await database.query(`DEFINE TABLE spooky_change SCHEMALESS;
    DEFINE EVENT spooky_change ON job WHEN $spooky_quiet != true
      THEN { CREATE spooky_change:ulid() SET r = [$value.id ?? $before.id] RETURN NONE }`);
}

async function removeInbox(database: TestDatabase): Promise<void> {
  await database.query('REMOVE EVENT spooky_change ON job; REMOVE TABLE spooky_change');
}

/** Jobs per second out of a long backlog, counted by the backend. */
async function deliverSome(database: TestDatabase, backend: RunnerBackend): Promise<number> {
  const runner = createRunner({ database: database.options, backends: [backend] });
  const before = await callsOf(backend);
  const start = performance.now();
  await runner.start();
  let calls = 0;
  while (calls < JOBS) {
    await delay(20);
    calls = (await callsOf(backend)) - before;
  }
  const seconds = (performance.now() - start) / 1000;
  await runner.stop();
  return calls / seconds;
}

async function callsOf({ baseUrl }: RunnerBackend): Promise<number> {
  const response = await fetch(`${baseUrl}/calls`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return Number(await response.text());
}

async function postAlone(baseUrl: string): Promise<number> {
  const pool = new Pool(baseUrl, { connections: CONCURRENCY });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  try {
    return await throughput(JOBS * 2, CONCURRENCY, async (id) => {
      const { body } = await pool.request({ method: 'POST', path: '/noop', headers, body: JSON.stringify({ id }) });
      await body.dump();
    });
  } finally {
    await pool.destroy();
  }
}

/**
 * The minimum that a runner on this engine can do: a row with one status field, found by its index, updated to be
 * claimed and updated to be done, 250 at a time. No rules, no token, no lease, no payload, and no call.
 */
async function twoWritesAlone(database: TestDatabase): Promise<number> {
  const batch = 250;
  await database.query('DEFINE TABLE bare SCHEMALESS; DEFINE INDEX bare_status ON bare FIELDS status');
  for (let done = 0; done < JOBS; done += 1_000) {
    await database.query(`FOR $i IN 0..1000 { CREATE bare SET status = 'pending' RETURN NONE }`);
  }
  const start = performance.now();
  for (let done = 0; done < JOBS; done += batch) {
    const ids = await database.query<unknown[]>(
      `UPDATE (SELECT VALUE id FROM bare WHERE status = 'pending' LIMIT $batch) SET status = 'processing' RETURN VALUE id`,
      { batch },
    );
    await database.query(`UPDATE $ids SET status = 'success' RETURN NONE`, { ids });
  }
  const seconds = (performance.now() - start) / 1000;
  await database.query('REMOVE TABLE bare');
  return JOBS / seconds;
}

/**
 * How long one job takes on an idle runner: from its owner's insert, and from the answer of the insert, to the end of
 * the call, which is what peers measure too.
 */
async function idleLatency(
  database: TestDatabase,
  backend: RunnerBackend,
  count: number,
): Promise<{ insert: Summary; afterInsert: Summary; toAnswer: Summary }> {
  const { url, namespace, database: name } = database.options;
  const owner = new Surreal();
  await owner.connect(url, { namespace, database: name });
  const variables = { username: 'owner', password: 'long-enough-for-a-test' };
  await owner.signup({ namespace, database: name, access: 'account', variables });
  let answered = Promise.withResolvers<number>();
  const runner = createRunner({ database: database.options, backends: [backend] });
  await runner.start();
  while (runner.health().partitions < 8) await delay(10);
  const onAnswer = (): void => answered.resolve(performance.now());
  subscribe('undici:request:trailers', onAnswer);
  const samples: { insert: number; afterInsert: number; toAnswer: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    answered = Promise.withResolvers();
    const start = performance.now();
    await owner.query('CREATE job CONTENT $job RETURN id', { job: { path: '/noop', payload: { id: index } } });
    const inserted = performance.now();
    const end = await answered.promise;
    samples.push({ insert: inserted - start, afterInsert: Math.max(0, end - inserted), toAnswer: end - start });
    await delay(5);
  }
  unsubscribe('undici:request:trailers', onAnswer);
  await runner.stop();
  await owner.close();
  return {
    insert: summarize(samples.map(({ insert }) => insert)),
    afterInsert: summarize(samples.map(({ afterInsert }) => afterInsert)),
    toAnswer: summarize(samples.map(({ toAnswer }) => toAnswer)),
  };
}

/** Rows that the runner writes for one successful job, counted by the database itself. */
async function writesPerJob(database: TestDatabase, backend: RunnerBackend): Promise<number> {
  const count = 200;
  await database.query(`DEFINE TABLE written SCHEMALESS;
    DEFINE EVENT counts ON job WHEN $event = 'UPDATE' THEN (CREATE written RETURN NONE)`);
  await insert(database, count);
  await drain(database, backend, count);
  const [total] = await database.query<{ count: number }[]>('SELECT count() FROM written GROUP ALL');
  await database.query('REMOVE EVENT counts ON job; REMOVE TABLE written');
  return round((total?.count ?? 0) / count);
}
