import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createFixture, eventually, type Fixture, inTurn, status } from '../testing/fixture.ts';
import { scrape } from '../testing/status-server.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

const ROUTE = 'backend="api",route="/spookify"';

test('counts jobs by backend and route', async () => {
  fixture.backend.answer(inTurn(status(503), status(200), status(400), status(200)));
  const runner = await fixture.run({ http: {} });
  await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  await fixture.becomes(await fixture.database.insert(), { status: 'failed' });
  await fixture.becomes(await fixture.database.insert({ path: '/made-up' }), { status: 'failed' });
  await eventually(async () => {
    expect(Object.fromEntries(await scrape(runner))).toMatchObject({
      [`spooky_jobs_fetched_total{${ROUTE}}`]: 3,
      [`spooky_job_outcomes_total{${ROUTE},outcome="success"}`]: 1,
      [`spooky_job_outcomes_total{${ROUTE},outcome="retry"}`]: 1,
      [`spooky_job_outcomes_total{${ROUTE},outcome="failed"}`]: 1,
      [`spooky_job_outcomes_total{${ROUTE},outcome="released"}`]: 0,
      'spooky_jobs_fetched_total{backend="api",route="other"}': 1,
      'spooky_job_outcomes_total{backend="api",route="other",outcome="failed"}': 1,
      [`spooky_jobs_in_flight{${ROUTE}}`]: 0,
      [`spooky_job_queue_seconds_count{${ROUTE}}`]: 3,
      [`spooky_job_start_delay_seconds_count{${ROUTE}}`]: 3,
      [`spooky_job_attempt_seconds_count{${ROUTE}}`]: 3,
      [`spooky_job_attempt_seconds_bucket{${ROUTE},le="+Inf"}`]: 3,
      [`spooky_jobs_recovered_total{${ROUTE}}`]: 0,
      'spooky_jobs_oldest_due_seconds{backend="api"}': 0,
      spooky_runner_database_connected: 1,
    });
  });
  const samples = await scrape(runner);
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  // A row can name any path, but it cannot create a time series.
  expect([...samples.keys()].filter((name) => name.includes('made-up'))).toEqual([]);
});

test('measures how long a job was due, and reports the oldest waiting one', async () => {
  const runner = await fixture.run({
    http: {},
    backends: [{ ...fixture.backend.options, concurrency: 1 }],
  });
  const release = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => release.promise);
  const overdue = { run_at: new Date(Date.now() - 3_600_000) };
  await fixture.database.insert(overdue);
  await eventually(() => expect(runner.health().inFlight).toBe(1));
  const second = await fixture.database.insert(overdue);
  await eventually(async () => {
    const samples = await scrape(runner);
    expect(samples.get(`spooky_job_queue_seconds_sum{${ROUTE}}`)).toBeGreaterThanOrEqual(3_600);
    expect(samples.get('spooky_jobs_oldest_due_seconds{backend="api"}')).toBeGreaterThanOrEqual(3_600);
    expect(samples.get(`spooky_jobs_in_flight{${ROUTE}}`)).toBe(1);
  });
  release.resolve({});
  await fixture.becomes(second, { status: 'success' });
});

test('counts a job that waits for a slot as fetched but not in flight, and measures its wait', async () => {
  const answered = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => answered.promise);
  const routeLimits = new Map([['/spookify', 1]]);
  const ids = [await fixture.database.insert(), await fixture.database.insert()];
  const runner = await fixture.run({ http: {}, backends: [{ ...fixture.backend.options, routeLimits }] });
  await eventually(async () => {
    expect(Object.fromEntries(await scrape(runner))).toMatchObject({
      [`spooky_jobs_fetched_total{${ROUTE}}`]: 2,
      [`spooky_jobs_in_flight{${ROUTE}}`]: 1,
      [`spooky_job_start_delay_seconds_count{${ROUTE}}`]: 1,
    });
  });
  const before = (await scrape(runner)).get(`spooky_job_start_delay_seconds_sum{${ROUTE}}`);
  answered.resolve({});
  for (const id of ids) await fixture.becomes(id, { status: 'success' });
  const samples = await scrape(runner);
  expect(samples.get(`spooky_job_start_delay_seconds_count{${ROUTE}}`)).toBe(2);
  expect(samples.get(`spooky_job_start_delay_seconds_sum{${ROUTE}}`)).toBeGreaterThan(before ?? 0);
});

test('counts a job of a lost runner as recovered', async () => {
  const id = await fixture.database.insert({ status: 'processing', runner: 'gone' });
  const runner = await fixture.run({ http: {} });
  await fixture.becomes(id, { status: 'success', rescues: 1 });
  await eventually(async () => {
    expect((await scrape(runner)).get(`spooky_jobs_recovered_total{${ROUTE}}`)).toBe(1);
  });
});
