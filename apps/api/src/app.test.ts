/** Tests what the server does for every route, with a route of the test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordId } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './errors.ts';
import { type Job, jobRoute } from './jobs/job-route.ts';
import { deliverTo, post, startTestApi, type TestApi, TOKEN } from './testing/api.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { PATIENCE } from './testing/patience.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const SPEC = `openapi: 3.1.0
info: { title: A test, version: 1.0.0 }
paths:
  /note:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [text]
              properties: { text: { type: string }, of: { type: string } }
`;
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

interface Note {
  readonly text: string;
  readonly of?: string;
}

let folder: string;
let database: TestDatabase;
let api: TestApi;
let ada: RecordId<'user'>;
let jobs = 0;
/** The work of the route under test: it writes the note. A test can replace it. */
let work: (job: Job<Note>) => Promise<Record<string, unknown>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-spec-'));
  await writeFile(path.join(folder, 'openapi.yaml'), SPEC);
  database = await startTestDatabase();
  await database.owner.query('DEFINE TABLE note SCHEMALESS');
  ada = await database.createUser('ada');
  api = await startBackend();
});
beforeEach(() => {
  work = (job) => job.commit('CREATE note SET text = $text RETURN NONE', { text: job.payload.text }, { length: 1 });
});
afterAll(async () => {
  await api.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function startBackend(): Promise<TestApi> {
  return startTestApi({
    database: database.settings,
    specFile: path.join(folder, 'openapi.yaml'),
    routes: (parts) => ({ '/note': jobRoute<Note>(parts, (job) => work(job)) }),
  });
}

const newJob = (signal?: AbortSignal) => ({
  ...{ key: `job:test${jobs++}`, createdBy: ada },
  ...(signal && { signal }),
});
const notes = async (text: string): Promise<number> => {
  const [rows] = await database.owner.query<[unknown[]]>('SELECT * FROM note WHERE text = $text', { text });
  return rows.length;
};

describe('the access control of the server', () => {
  it.each([
    ['no header', {}],
    ['a wrong token', { authorization: `Bearer ${TOKEN}x` }],
    ['half a token', { authorization: `Bearer ${TOKEN.slice(1)}` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['no token', { authorization: 'Bearer ' }],
  ])('answers 401 to a caller with %s', async (_what, headers) => {
    const answer = await post(`${api.url}/note`, '{"text":"a"}', headers);
    expect(answer).toMatchObject({ status: 401, body: { code: 'SPOOKY_API_UNAUTHORIZED' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    const unknown = await fetch(`${api.url}/elsewhere`, { headers });
    expect(unknown.status).toBe(401);
  });

  it('answers 404 for an unknown route only to a caller with the token', async () => {
    const answer = await fetch(`${api.url}/elsewhere`, { headers: AUTHORIZED });
    expect(answer.status).toBe(404);
    await expect(answer.json()).resolves.toMatchObject({
      code: 'SPOOKY_API_NO_SUCH_ROUTE',
      message: expect.any(String),
    });
  });

  it('answers the health check without a token', async () => {
    await vi.waitFor(async () => {
      const answer = await fetch(`${api.url}/health`);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', database: 'reachable' }]);
    }, PATIENCE);
  });
});

describe('an invalid delivery', () => {
  it.each([
    ['{}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'text is missing'],
    ['{"text":7}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'string'],
    ['{"text":"a","more":1}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'more is not a property'],
    ['{"text":', 400, 'SPOOKY_API_REQUEST_MALFORMED', 'JSON'],
    ['', 400, 'SPOOKY_API_REQUEST_MALFORMED', 'JSON'],
    [`{"text":"${'a'.repeat(70_000)}"}`, 413, 'SPOOKY_API_BODY_TOO_LARGE', 'large'],
  ])('is refused: %.40s', async (body, status, code, part) => {
    const headers = { ...AUTHORIZED, 'idempotency-key': 'job:none', 'x-job-created-by': String(ada) };
    const answer = await post(`${api.url}/note`, body, headers);
    expect(answer).toMatchObject({ status, body: { code, message: expect.stringContaining(part) } });
  });

  it.each([
    'text/plain',
    'text/plain; charset=utf-8',
    'text/json',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/form-data; boundary=x',
  ])('is refused with the content type %s, and accepted with the one that the error names', async (type) => {
    const job = newJob();
    const wrong = await deliverTo(api.url, '/note', { text: 'a' }, job, { 'content-type': type });
    const message = expect.stringMatching(/Content-Type: application\/json\.$/);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'SPOOKY_API_REQUEST_MALFORMED', message } });
    const right = await deliverTo(api.url, '/note', { text: 'a' }, job, { 'content-type': 'application/json' });
    expect(right.status).toBe(200);
  });

  it('is refused without a usable idempotency key', async () => {
    for (const key of [undefined, 'job:\u00e9', 'x'.repeat(1025)]) {
      const answer = await deliverTo(api.url, '/note', { text: 'a' }, newJob(), { 'idempotency-key': key });
      expect(answer).toMatchObject({ status: 400, body: { code: 'SPOOKY_API_KEY_MISSING' } });
    }
  });

  it.each([undefined, 'user:%', 'note:a'])('is refused when its creator, %s, is not a user', async (creator) => {
    const answer = await deliverTo(api.url, '/note', { text: 'a' }, newJob(), { 'x-job-created-by': creator });
    const message = expect.stringContaining('X-Job-Created-By names no user');
    expect(answer).toMatchObject({ status: 403, body: { code: 'SPOOKY_API_FORBIDDEN', message } });
  });

  it.each([
    ['note:b', 403, 'SPOOKY_API_FORBIDDEN'],
    ['nonsense', 403, 'SPOOKY_API_FORBIDDEN'],
    ['note:a', 200, undefined],
    [undefined, 200, undefined],
  ])('is refused unless the record it names is its assigned record: %s', async (assigned, status, code) => {
    work = async (job) => ({ id: String(job.record('note', job.payload.of ?? '')) });
    const payload = { text: 'a', of: 'note:a' };
    const answer = await deliverTo(api.url, '/note', payload, newJob(), { 'x-job-assigned-to': assigned });
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
  });
});

describe('a job', () => {
  it('has one effect and the same answer for every delivery', async () => {
    const job = newJob();
    const first = await deliverTo(api.url, '/note', { text: 'often' }, job);
    expect(first).toMatchObject({ status: 200, body: { length: 1 } });
    work = () => expect.unreachable();
    expect(await deliverTo(api.url, '/note', { text: 'often' }, job)).toMatchObject({ status: 200, body: first.body });
    expect(await notes('often')).toBe(1);
  });

  it('runs once for five concurrent deliveries to three backends', async () => {
    const backends = [api, await startBackend(), await startBackend()];
    onTestFinished(async () => {
      for (const backend of backends.slice(1)) await backend.close();
    });
    const job = newJob();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, at) =>
        deliverTo(backends[at % 3]?.url ?? '', '/note', { text: 'at the same time' }, job),
      ),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { length: 1 } });
    expect(await notes('at the same time')).toBe(1);
  });

  it('is refused with the key of another job, and accepted with a new one', async () => {
    const job = newJob();
    await deliverTo(api.url, '/note', { text: 'mine' }, job);
    const answer = await deliverTo(api.url, '/note', { text: 'other' }, job);
    expect(answer).toMatchObject({ status: 422, body: { code: 'SPOOKY_API_KEY_REUSED' } });
    expect(await deliverTo(api.url, '/note', { text: 'other' }, newJob())).toMatchObject({ status: 200 });
  });

  it('continues while one caller waits, and stops when the last one disconnects', async () => {
    const [started, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    work = (job) => {
      started.resolve();
      return new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => {
          aborted.resolve(`by ${calls}`);
          reject(job.signal.reason);
        });
      });
    };
    let calls = 'the first';
    const heard = api.log().split('incoming request').length;
    const [first, second] = [new AbortController(), new AbortController()];
    const job = newJob();
    const call = ({ signal }: AbortController) => deliverTo(api.url, '/note', { text: 'left' }, { ...job, signal });
    const answers = [call(first)];
    await started.promise;
    answers.push(call(second));
    await vi.waitFor(() => expect(api.log().split('incoming request')).toHaveLength(heard + 2), PATIENCE);
    first.abort();
    await expect(answers[0]).rejects.toThrow();
    calls = 'the second';
    second.abort();
    await expect(answers[1]).rejects.toThrow();
    expect(await aborted.promise).toBe('by the second');
  });

  it('is answered 503 when the backend stops', async () => {
    const stopped = await startBackend();
    onTestFinished(() => stopped.close());
    const started = Promise.withResolvers<void>();
    work = () => {
      started.resolve();
      return new Promise(() => undefined);
    };
    const waiting = deliverTo(stopped.url, '/note', { text: 'stopped' }, newJob());
    await started.promise;
    stopped.stopping.abort(new ApiError('SPOOKY_API_STOPPING'));
    expect(await waiting).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_STOPPING' } });
  });

  it('succeeds on a later delivery after a database outage', async () => {
    const own = await startBackend();
    onTestFinished(() => own.close());
    const job = newJob();
    expect((await deliverTo(own.url, '/note', { text: 'before' }, newJob())).status).toBe(200);
    await database.stop();
    try {
      const away = await deliverTo(own.url, '/note', { text: 'later' }, job);
      expect(away).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_DATABASE_AWAY' } });
      expect(away.headers.get('retry-after')).toBe('1');
      expect((await fetch(`${own.url}/health`)).status).toBe(503);
    } finally {
      await database.restart();
    }
    await vi.waitFor(async () => expect((await fetch(`${own.url}/health`)).status).toBe(200), PATIENCE);
    expect(await deliverTo(own.url, '/note', { text: 'later' }, job)).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect((await fetch(`${api.url}/health`)).status).toBe(200), PATIENCE);
    await vi.waitFor(() => database.owner.query('RETURN 1'), PATIENCE);
  });
});
