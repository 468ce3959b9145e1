/*
 * How many jobs a runner delivers in a second, one POST each to a backend that does nothing, and how long one job takes
 * when nothing else is to be done. Database, backend and runner have a process each, as in `spooky dev`; the runner's is
 * this one. In between, the same POSTs are timed without jobs, and two writes of the barest row for each job without any
 * call: what the machine and what the engine can do at all.
 *
 *   BACKLOG=100000 how many jobs wait in the long backlog, more than it can deliver in three rounds of 5,000
 *   IDLE=200       how many jobs one after the other
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '@spookify/config';
import { type LiveMessage, Surreal, type Uuid } from 'surrealdb';
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

const bench: Benchmark = async (progress) => {
  const backlog = Number(process.env.BACKLOG ?? 100_000);
  const idle = Number(process.env.IDLE ?? 200);
  if (backlog <= ROUNDS * JOBS) throw new RangeError(`BACKLOG must be more than ${ROUNDS * JOBS}.`);
  const database = await startDatabase('own process');
  const child = await startChild(new URL('./testing/noop-backend.ts', import.meta.url), TOKEN);
  const backend: RunnerBackend = {
    name: 'noop',
    baseUrl: String(child.ready),
    table: 'job',
    routes: { '/noop': { request: { type: 'object' } } },
    token: new Secret(TOKEN),
    timeoutMs: 60_000,
    concurrency: CONCURRENCY,
  };
  try {
    const posts: number[] = [];
    const short: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) {
      posts.push(await postAlone(backend.baseUrl));
      await insert(database, JOBS);
      short.push(await drain(database, backend, JOBS));
      progress(
        `${JOBS} waiting: ${Math.round(short.at(-1) ?? 0)} jobs/s; the POST alone ${Math.round(posts.at(-1) ?? 0)}/s`,
      );
    }
    const floors: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) floors.push(await twoWritesAlone(database));
    progress(`two writes of the barest row, no call: ${floors.map(Math.round).join(', ')} jobs/s`);
    const writes = await writesPerJob(database, backend);
    const idleMs = await idleLatency(database, backend, idle);
    progress(`idle: ${idleMs.toAnswer.median} ms to the end of the call, ${idleMs.toSuccess.median} ms to success`);
    await insert(database, backlog);
    progress(`${backlog} jobs wait`);
    const long: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) long.push(await deliverSome(database, backend));
    progress(`${backlog} waiting: ${long.map(Math.round).join(', ')} jobs/s`);
    const best = summarize(short).median;
    return {
      concurrency: CONCURRENCY,
      jobsPerSecond: { jobs: JOBS, rounds: short.map(round), median: best },
      postsPerSecond: { rounds: posts.map(round), median: summarize(posts).median },
      twoWritesAlone: { rounds: floors.map(round), median: summarize(floors).median },
      ofTheWritesAlone: round(best / summarize(floors).median),
      ofThePostAlone: round(best / summarize(posts).median),
      longBacklog: { waiting: backlog, rounds: long.map(round), median: summarize(long).median },
      longToShort: round(summarize(long).median / best),
      idleMilliseconds: idleMs,
      rowWritesPerJob: writes,
    };
  } finally {
    await child.kill();
    await database.close();
  }
};
export default bench;

async function insert(database: TestDatabase, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1_000) {
    const size = Math.min(1_000, count - done);
    await database.query(`FOR $i IN 0..$size { CREATE job SET path = '/noop', payload = { id: $i } RETURN NONE }`, {
      size,
    });
  }
}

/** Jobs a second, from the start of a runner until no row waits or runs. */
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

/** Jobs a second while a long backlog stays behind, counted by the backend. */
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
 * The least that a runner on this engine can do: a row of one field that says its state, found by its index, changed to
 * be claimed and changed to be done, 250 at a time. No rules, no token, no lease, no payload, and nothing is called.
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
 * How long one job takes from the insert by its owner: to the end of its call, which is where peers stop the clock, and to
 * the notification of `success` on the owner's own connection.
 */
async function idleLatency(
  database: TestDatabase,
  backend: RunnerBackend,
  count: number,
): Promise<{ toAnswer: Summary; toSuccess: Summary }> {
  const { url, namespace, database: name } = database.options;
  const owner = new Surreal();
  await owner.connect(url, { namespace, database: name });
  const variables = { username: 'owner', password: 'long-enough-for-a-test' };
  await owner.signup({ namespace, database: name, access: 'account', variables });
  const [live] = await owner.query<[Uuid]>('LIVE SELECT * FROM job');
  let seen = Promise.withResolvers<void>();
  (await owner.liveOf(live)).subscribe((message: LiveMessage) => {
    if (message.action === 'UPDATE' && message.value.status === 'success') seen.resolve();
  });
  const runner = createRunner({ database: database.options, backends: [backend] });
  await runner.start();
  let answeredAt = 0;
  const onAnswer = (): void => {
    answeredAt = performance.now();
  };
  subscribe('undici:request:trailers', onAnswer);
  const toAnswer: number[] = [];
  const toSuccess: number[] = [];
  for (let index = 0; index < count; index += 1) {
    seen = Promise.withResolvers();
    const start = performance.now();
    await owner.query('CREATE job CONTENT $job RETURN id', { job: { path: '/noop', payload: { id: index } } });
    await seen.promise;
    toSuccess.push(performance.now() - start);
    toAnswer.push(answeredAt - start);
    await delay(5);
  }
  unsubscribe('undici:request:trailers', onAnswer);
  await runner.stop();
  await owner.close();
  return { toAnswer: summarize(toAnswer), toSuccess: summarize(toSuccess) };
}

/** Rows written by the runner for one job that succeeds, counted by the database itself. */
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
