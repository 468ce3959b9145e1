import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TOKEN } from '../testing/backend.ts';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

/** A running job: its backend waits until the test answers. */
async function underWay(): Promise<{
  id: Awaited<ReturnType<Fixture['database']['insert']>>;
  answer: (value: unknown) => void;
  url: string;
  bearer: string;
}> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => promise);
  const before = fixture.backend.calls.length;
  const id = await fixture.database.insert();
  const headers = await eventually(() => {
    expect(fixture.backend.calls).toHaveLength(before + 1);
    return fixture.backend.calls[before]?.headers ?? {};
  });
  return {
    id,
    answer: resolve,
    url: String(headers['x-job-progress-url']),
    bearer: String(headers['x-job-progress-token']),
  };
}

async function report(url: string, bearer: string | undefined, body: unknown): Promise<[number, unknown]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return [response.status, text === '' ? undefined : JSON.parse(text).code];
}

test('shows reported progress on the row while the backend works', async () => {
  await fixture.run({ http: {} });
  const { id, url, bearer, answer } = await underWay();
  expect(await report(url, bearer, { value: 0.25, note: 'reading' })).toEqual([204, undefined]);
  await fixture.becomes(id, { status: 'processing', progress: { value: 0.25, note: 'reading' } });
  expect(await report(url, bearer, { note: 'writing' })).toEqual([204, undefined]);
  await eventually(async () => expect((await fixture.database.row(id)).progress).toEqual({ note: 'writing' }));
  answer({ writer: 'offline' });
  // The last progress stays on a job that has ended.
  await fixture.becomes(id, { status: 'success', progress: { note: 'writing' } });
});

test('gives each attempt its own token, which is not the token of the backend', async () => {
  await fixture.run({ http: {} });
  const first = await underWay();
  const second = await underWay();
  expect(first.bearer).not.toBe(second.bearer);
  const unauthorized = [401, 'SPOOKY_RUNNER_PROGRESS_UNAUTHORIZED'];
  for (const wrong of [second.bearer, TOKEN, undefined]) {
    expect(await report(first.url, wrong, { value: 1 })).toEqual(unauthorized);
  }
  first.answer({});
  second.answer({});
});

test('rejects reports after the attempt has ended', async () => {
  await fixture.run({ http: {} });
  const { id, url, bearer, answer } = await underWay();
  answer({});
  await fixture.becomes(id, { status: 'success' });
  expect(await report(url, bearer, { value: 1 })).toEqual([409, 'SPOOKY_RUNNER_ATTEMPT_OVER']);
  expect(await report(url.replace(/\d+$/, '999'), bearer, { value: 1 })).toEqual([
    404,
    'SPOOKY_RUNNER_NO_SUCH_ATTEMPT',
  ]);
  expect(await report(url.replace(/\d+$/, 'x'), bearer, { value: 1 })).toEqual([404, 'SPOOKY_RUNNER_NO_SUCH_ATTEMPT']);
  expect((await fixture.database.row(id)).progress).toBeUndefined();
});

test('clears the progress of the previous attempt at a retry', async () => {
  await fixture.run({ http: {} });
  const { id, url, bearer, answer } = await underWay();
  await report(url, bearer, { value: 0.9 });
  await fixture.becomes(id, { progress: { value: 0.9 } });
  answer(Promise.reject(Object.assign(new Error('not now'), { statusCode: 503, headers: { 'retry-after': '3600' } })));
  const row = await fixture.becomes(id, { status: 'pending', retries: 1 });
  expect(row.progress).toBeUndefined();
});

test('batches reports into one write, and keeps the latest', async () => {
  await fixture.run({ http: {} });
  const jobs = [await underWay(), await underWay()];
  const updates = await countUpdates(async () => {
    for (let step = 1; step <= 40; step += 1) {
      await Promise.all(jobs.map(({ url, bearer }) => report(url, bearer, { value: step / 40 })));
    }
    for (const { id } of jobs) await fixture.becomes(id, { progress: { value: 1 } });
  });
  // Eighty reports; the number of writes depends on how long they took, but is always far below.
  expect(updates).toBeLessThan(40);
  for (const { answer } of jobs) answer({});
});

/** How many writes changed the progress of rows meanwhile, counted by an event. */
async function countUpdates(work: () => Promise<void>): Promise<number> {
  await fixture.database.query(`
    DEFINE TABLE OVERWRITE seen SCHEMALESS;
    DEFINE EVENT OVERWRITE seen ON job WHEN $before.progress != $after.progress THEN { CREATE seen RETURN NONE }`);
  await work();
  const seen = await fixture.database.query<unknown[]>('SELECT id FROM seen');
  await fixture.database.query('REMOVE EVENT seen ON job; REMOVE TABLE seen');
  return seen.length;
}

test('removes the backend’s token from a note, and turns line breaks into spaces', async () => {
  await fixture.run({ http: {} });
  const { id, url, bearer, answer } = await underWay();
  await report(url, bearer, { note: 'called with\ntoken-of-a-test' });
  await fixture.becomes(id, { progress: { note: 'called with [redacted]' } });
  answer({});
});

describe('an invalid report', () => {
  test.each<[string, unknown, number, string]>([
    ['no JSON', '{', 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['nothing', '', 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['a list', [], 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['empty', {}, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['beyond one', { value: 1.01 }, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['below zero', { value: -0.1 }, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['text for a number', { value: '0.5' }, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['another field', { value: 1, status: 'success' }, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['too long a note', { note: 'x'.repeat(201) }, 422, 'SPOOKY_RUNNER_PROGRESS_INVALID'],
    ['too large', { note: 'x'.repeat(5_000) }, 413, 'SPOOKY_RUNNER_BODY_TOO_LARGE'],
    ['much too large', { note: 'x'.repeat(5_000_000) }, 413, 'SPOOKY_RUNNER_BODY_TOO_LARGE'],
  ])('changes nothing: %s', async (_, body, ...expected) => {
    await fixture.run({ http: {} });
    const { id, url, bearer, answer } = await underWay();
    // The runner closes the connection of a body that is much too large; whether the client reads the answer before is
    // chance.
    expect(await report(url, bearer, body).catch(() => [413, 'SPOOKY_RUNNER_BODY_TOO_LARGE'])).toEqual(expected);
    answer({});
    const row = await fixture.becomes(id, { status: 'success' });
    expect(row.progress).toBeUndefined();
  });
});

test('sends no progress headers if the runner does not listen', async () => {
  await fixture.run();
  const { answer } = await underWay();
  expect(fixture.backend.calls[0]?.headers).not.toHaveProperty('x-job-progress-url');
  expect(fixture.backend.calls[0]?.headers).not.toHaveProperty('x-job-progress-token');
  answer({});
});

test('sends the public URL to backends, which may name another host', async () => {
  const runner = await fixture.run({ http: { publicUrl: 'https://runner-3.internal/spooky/' } });
  const { url, answer } = await underWay();
  expect(url).toMatch(/^https:\/\/runner-3\.internal\/spooky\/progress\/\d+$/);
  expect(runner.url).toBe('https://runner-3.internal/spooky/');
  answer({});
});
