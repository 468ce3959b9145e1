import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@spookify/config';
import { RecordId } from 'surrealdb';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from '../errors.ts';
import { post, TOKEN } from '../testing/api.ts';
import { ensureBuilt } from '../testing/built.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { completes, type OpenAiServer, refuses, sends, startOpenAiServer } from '../testing/openai-server.ts';
import { PATIENCE } from '../testing/patience.ts';
import { deliver, startWriterApi, type WriterApi, type WriterApiOptions } from '../testing/spookify.ts';
import { createThread, readSuggestion, readThread } from '../testing/threads.ts';
import type { WriterSettings } from '../writers/writer.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const KEY = 'sk-the-key-of-the-installation';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

let database: TestDatabase;
let model: OpenAiServer;
/** Uses the offline writer; shared by the tests that need no other. */
let api: WriterApi;
let ada: RecordId<'user'>;
let grace: RecordId<'user'>;
let jobs = 0;
const extra: WriterApi[] = [];

beforeAll(async () => {
  [database, model] = await Promise.all([startTestDatabase(), startOpenAiServer(), ensureBuilt()]);
  api = await startWriterApi({ database: database.settings });
  ada = await database.createUser('ada');
  grace = await database.createUser('grace');
});
afterEach(async () => {
  await Promise.all(extra.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await api.close();
  await Promise.all([database.close(), model.close()]);
});

async function start(options: Omit<WriterApiOptions, 'database'>): Promise<WriterApi> {
  const started = await startWriterApi({ database: database.settings, ...options });
  extra.push(started);
  return started;
}

const modelWriter = (): WriterSettings => ({
  kind: 'openai',
  apiKey: new Secret(KEY),
  baseUrl: model.baseUrl,
  model: 'm',
});
const withModel = (limits: WriterApiOptions['limits'] = {}): Promise<WriterApi> =>
  start({ writer: modelWriter(), limits });

async function newJob(text?: { title: string; content: string }) {
  return { key: `job:test${jobs++}`, thread: await createThread(database, ada, text), author: ada };
}

const spawned = (of: WriterApi): number => of.lifecycle.filter(({ state }) => state === 'starting').length;
const alive = (of: WriterApi): number => spawned(of) - of.lifecycle.filter(({ exit }) => exit !== undefined).length;

it('reports its progress to the runner, and continues when the runner is not reachable', async () => {
  // This test does not test the time limit of a report.
  const limit = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
  onTestFinished(() => limit.mockRestore());
  const notes: unknown[] = [];
  const runner = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => void notes.push(JSON.parse(chunk.toString()).note));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => runner.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(runner.address() as AddressInfo).port}/progress/1`;
  const headers = { 'x-job-progress-url': url, 'x-job-progress-token': 't' };
  expect((await deliver(api.url, await newJob(), headers)).status).toBe(200);
  await vi.waitUntil(() => notes.includes('Saving the suggestion'), PATIENCE);
  expect(notes[0]).toBe('Reading the thread');
  runner.closeAllConnections();
  await new Promise((resolve) => runner.close(resolve));
  expect((await deliver(api.url, await newJob(), headers)).status).toBe(200);
});

describe('an invalid delivery', () => {
  it.each([
    ['{}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'id is missing'],
    ['[]', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'object'],
    ['{"id":7}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'string'],
    ['{"id":"thread:a","more":1}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'more is not a property'],
    ['{"id":"user:a"}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'pattern'],
    [`{"id":"thread:${'a'.repeat(300)}"}`, 422, 'SPOOKY_API_PAYLOAD_INVALID', '256'],
    ['{"id":"thread:a; DELETE thread"}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'id'],
    ['{"id":"thread:rand()"}', 422, 'SPOOKY_API_PAYLOAD_INVALID', 'id'],
  ])('is refused: %.40s', async (body, status, code, part) => {
    const headers = { ...AUTHORIZED, 'idempotency-key': 'job:none', 'x-job-created-by': String(ada) };
    const answer = await post(`${api.url}/spookify`, body, headers);
    expect(answer).toMatchObject({ status, body: { code, message: expect.stringContaining(part) } });
  });

  it('is refused unless the thread’s author made the job for this thread', async () => {
    const job = await newJob();
    const other = await createThread(database, ada);
    for (const headers of [{ 'x-job-created-by': String(grace) }, { 'x-job-assigned-to': String(other) }]) {
      const answer = await deliver(api.url, job, headers);
      expect(answer).toMatchObject({ status: 403, body: { code: 'SPOOKY_API_FORBIDDEN' } });
    }
    expect(await readSuggestion(database, job.thread)).toBeUndefined();
  });

  it('is refused when the thread does not exist', async () => {
    const answer = await deliver(api.url, { key: 'job:gone', thread: new RecordId('thread', 'gone'), author: ada });
    expect(answer).toMatchObject({ status: 404, body: { code: 'SPOOKY_API_THREAD_MISSING' } });
  });
});

describe('a job', () => {
  it('writes a suggestion for the thread', async () => {
    const job = await newJob({
      title: 'My old house',
      content: 'Ada found an old house by the lake. It was very quiet.',
    });
    const answer = await deliver(api.url, job, { 'x-job-assigned-to': undefined });
    expect(answer).toMatchObject({ status: 200, body: { writer: 'offline' } });
    expect(await readThread(database, job.thread)).toMatchObject({ title: 'My old house' });
    expect(await readSuggestion(database, job.thread)).toMatchObject({
      title: expect.stringMatching(/house/),
      content: expect.stringContaining('Ada'),
      written_by: 'offline',
    });
  });

  it('accepts records with any key, as the runner encodes them', async () => {
    const author = new RecordId('user', 'Ada & Söhne/1');
    const thread = new RecordId('thread', 'a thread: 100% ⟨odd⟩');
    await database.owner.query('CREATE $author SET username = "odd"', { author });
    await database.owner.query('CREATE $thread SET title = "T", content = "C", author = $author', { thread, author });
    const encoded = { assigned: encodeURIComponent(String(thread)), author: encodeURIComponent(String(author)) };
    const answer = await deliver(
      api.url,
      { key: encodeURIComponent('job:⟨odd⟩'), thread, author },
      { 'x-job-assigned-to': encoded.assigned, 'x-job-created-by': encoded.author },
    );
    expect(answer).toMatchObject({ status: 200 });
    expect(await readSuggestion(database, thread)).toMatchObject({ written_by: 'offline' });
  });

  it('replaces an earlier suggestion', async () => {
    const job = await newJob();
    await deliver(api.url, job);
    await database.owner.query('UPDATE suggestion SET title = NONE WHERE thread = $id', { id: job.thread });
    expect(await deliver(api.url, { ...job, key: `${job.key}:1` })).toMatchObject({ status: 200 });
    expect(await readSuggestion(database, job.thread)).toMatchObject({ title: expect.any(String) });
    const all = await database.owner.query('SELECT VALUE id FROM suggestion WHERE thread = $id', { id: job.thread });
    expect(all).toEqual([[new RecordId('suggestion', job.thread.id)]]);
  });

  it('has one effect and the same answer for every delivery', async () => {
    const job = await newJob();
    const first = await deliver(api.url, job);
    await database.owner.query('DELETE suggestion WHERE thread = $id; UPDATE $id SET title = "Another title"', {
      id: job.thread,
    });
    const before = spawned(api);
    const second = await deliver(api.url, job);
    expect(second).toMatchObject({ status: first.status, body: first.body });
    expect(spawned(api)).toBe(before);
    expect(await readSuggestion(database, job.thread)).toBeUndefined();
  });

  it('generates once for five concurrent deliveries', async () => {
    const job = await newJob();
    const before = spawned(api);
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(api.url, job)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { writer: 'offline' } });
    expect(spawned(api) - before).toBe(1);
    expect(await readSuggestion(database, job.thread)).toMatchObject({ title: expect.any(String) });
  });

  it('has one effect across several backends on one database', async () => {
    const backends = [api, await start({}), await start({})];
    await database.owner.query(
      'DEFINE EVENT effect ON suggestion THEN { CREATE effect SET thread = $after.thread RETURN NONE }',
    );
    for (let round = 0; round < 5; round++) {
      const job = await newJob();
      const answers = await Promise.all(backends.map(({ url }) => deliver(url, job)));
      for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { writer: 'offline' } });
      const [effects] = await database.owner.query('SELECT * FROM effect WHERE thread = $id', { id: job.thread });
      expect(effects).toHaveLength(1);
    }
    await database.owner.query('REMOVE EVENT effect ON suggestion; REMOVE TABLE effect');
  });
});

describe('with a model', () => {
  let own: WriterApi;
  beforeAll(async () => {
    own = await startWriterApi({ database: database.settings, writer: modelWriter() });
  });
  afterAll(() => own.close());
  afterEach(() => {
    model.answer = completes({ title: 'A title', content: 'A content.' });
    model.requests.length = 0;
  });

  it('stores the text with the name of the model', async () => {
    const job = await newJob();
    model.answer = completes({ title: 'Boo', content: 'Who is there?' });
    expect(await deliver(own.url, job)).toMatchObject({ status: 200, body: { writer: 'ghost-writer-2026-01-01' } });
    expect(await readSuggestion(database, job.thread)).toMatchObject({
      title: 'Boo',
      content: 'Who is there?',
      written_by: 'ghost-writer-2026-01-01',
    });
  });

  it('uses the new text of a thread that was edited meanwhile', async () => {
    const job = await newJob({ title: 'Before', content: 'Old text.' });
    model.answer = async (request, response) => {
      if (model.requests.length === 1) await database.owner.query('UPDATE $id SET title = "After"', { id: job.thread });
      const { title } = JSON.parse(request.body.messages.at(-1)?.content ?? '{}');
      completes({ title: `${title}, haunted`, content: 'New text.' })(request, response);
    };
    expect(await deliver(own.url, job)).toMatchObject({ status: 200 });
    expect(await readThread(database, job.thread)).toMatchObject({ title: 'After' });
    expect(await readSuggestion(database, job.thread)).toMatchObject({ title: 'After, haunted' });
  });

  it('asks for a retry when the thread keeps changing', async () => {
    const job = await newJob();
    model.answer = async (request, response) => {
      await database.owner.query('UPDATE $id SET title = rand::ulid()', { id: job.thread });
      completes({ title: 'T', content: 'C' })(request, response);
    };
    expect(await deliver(own.url, job)).toMatchObject({ status: 409, body: { code: 'SPOOKY_API_THREAD_CHANGED' } });
    expect(await readSuggestion(database, job.thread)).toBeUndefined();
  });

  it('writes nothing for a thread that was deleted meanwhile', async () => {
    const job = await newJob();
    model.answer = async (request, response) => {
      await database.owner.query('DELETE $id', { id: job.thread });
      completes({ title: 'T', content: 'C' })(request, response);
    };
    expect(await deliver(own.url, job)).toMatchObject({ status: 404, body: { code: 'SPOOKY_API_THREAD_MISSING' } });
    expect(await readThread(database, job.thread)).toBeUndefined();
  });

  it.each([
    [401, 424, 'SPOOKY_API_MODEL_KEY_REFUSED', null],
    [402, 424, 'SPOOKY_API_MODEL_NO_CREDIT', null],
    [404, 424, 'SPOOKY_API_MODEL_ADDRESS_WRONG', null],
    [413, 413, 'SPOOKY_API_MODEL_TEXT_TOO_LONG', null],
    [418, 424, 'SPOOKY_API_MODEL_REQUEST_REFUSED', null],
    [429, 503, 'SPOOKY_API_MODEL_BUSY', '7'],
    [500, 503, 'SPOOKY_API_MODEL_AWAY', '7'],
  ])('answers a %i of the AI service with %i', async (theirs, ours, code, retryAfter) => {
    model.answer = refuses(theirs, `No, ${KEY}, no.`, { 'retry-after': '7' });
    const answer = await deliver(own.url, await newJob());
    expect(answer).toMatchObject({ status: ours, body: { code } });
    if (retryAfter !== null) expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(JSON.stringify(answer.body) + own.log()).not.toContain(KEY);
    expect(own.log()).not.toContain(TOKEN);
  });

  it("shows the provider's reason to the owner and in the log, also of an error with the status 200", async () => {
    model.answer = sends(200, { error: { message: 'The model "m" does not exist.' } });
    expect(await deliver(own.url, await newJob())).toMatchObject({
      status: 424,
      body: {
        code: 'SPOOKY_API_MODEL_UNKNOWN',
        message: expect.stringMatching(/set OPENAI_MODEL.* The reason: 200 The model "m" does not exist\.$/),
      },
    });
    expect(own.log()).toContain('does not exist');
  });

  it('distinguishes a refusal from an unusable answer', async () => {
    model.answer = completes(null, { refusal: 'No.' });
    expect(await deliver(own.url, await newJob())).toMatchObject({
      status: 422,
      body: { code: 'SPOOKY_API_MODEL_DECLINED' },
    });
    model.answer = completes('Boo!');
    expect(await deliver(own.url, await newJob())).toMatchObject({
      status: 502,
      body: { code: 'SPOOKY_API_MODEL_ANSWER_UNUSABLE' },
    });
  });

  it('stops the writer when the caller disconnects, and does the job on the next delivery', async () => {
    const job = await newJob();
    model.answer = () => undefined;
    const caller = new AbortController();
    const gone = deliver(own.url, { ...job, signal: caller.signal });
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    caller.abort();
    await expect(gone).rejects.toThrow();
    await vi.waitFor(() => expect([model.open(), alive(own)]).toEqual([0, 0]), PATIENCE);
    model.answer = completes({ title: 'T', content: 'C' });
    expect(await deliver(own.url, job)).toMatchObject({ status: 200 });
  });

  it('answers that it is busy when too many requests wait', async () => {
    const limited = await withModel({ processes: 1, queue: 0 });
    model.answer = () => undefined;
    const caller = new AbortController();
    const first = deliver(limited.url, { ...(await newJob()), signal: caller.signal });
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    const answer = await deliver(limited.url, await newJob());
    expect(answer).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_BUSY' } });
    expect(answer.headers.get('retry-after')).toBe('2');
    caller.abort();
    await expect(first).rejects.toThrow();
  });

  it('stops a writer that takes too long, even if it sends heartbeats', async () => {
    const limited = await withModel({ totalMs: 300 });
    model.answer = () => undefined;
    const answer = await deliver(limited.url, await newJob());
    expect(answer).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_WRITER_STUCK' } });
    await vi.waitFor(() => expect([model.open(), alive(limited)]).toEqual([0, 0]), PATIENCE);
  });

  it('answers 503 to waiting requests when the backend stops', async () => {
    const stopped = await withModel();
    model.answer = () => undefined;
    const waiting = deliver(stopped.url, await newJob());
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    stopped.stopping.abort(new ApiError('SPOOKY_API_STOPPING'));
    expect(await waiting).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_STOPPING' } });
    await vi.waitFor(() => expect([model.open(), alive(stopped)]).toEqual([0, 0]), PATIENCE);
  });
});

describe('a writer process', () => {
  it('that was a spare serves one request and ends; the next request gets another', async () => {
    const own = await start({
      entrySource: `export default (context) => {
        context.onMessage(({ thread }) => {
          const seen = globalThis.seen ?? 'nobody';
          globalThis.seen = thread.title;
          const suggestion = { title: performance.timeOrigin + ' ' + seen, content: 'x', writer: 'test' };
          context.send({ type: 'written', suggestion });
          context.complete();
        });
        context.ready();
      };`,
      limits: { spares: 2 },
    });
    await own.warmUp();
    const warmAt = Date.now();
    const theirs = { thread: await createThread(database, grace), author: grace };
    const jobsOfBoth = [await newJob(), { key: `job:test${jobs++}`, ...theirs }];
    const answers = await Promise.all(jobsOfBoth.map((job) => deliver(own.url, job)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    for (const { thread } of jobsOfBoth) {
      const [bornAt, ...seen] = String((await readSuggestion(database, thread))?.title).split(' ');
      expect(Number(bornAt)).toBeLessThan(warmAt);
      expect(seen).toEqual(['nobody']);
    }
    await vi.waitUntil(() => alive(own) === 0, PATIENCE);
    expect(new Set(own.lifecycle.map(({ pid }) => pid)).size).toBe(2);
  });

  it('that is stuck is killed, and its job is answered with 503', async () => {
    const own = await start({
      entrySource: 'export default (context) => { context.onMessage(() => { for (;;); }); context.ready(); };',
      limits: { silenceMs: 300 },
    });
    const answer = await deliver(own.url, await newJob());
    expect(answer).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_WRITER_STUCK' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    const end = own.lifecycle.at(-1);
    expect(end).toMatchObject({ state: 'timed_out', exit: { forced: true } });
    expect(() => process.kill(end?.exit?.pid ?? 0, 0)).toThrow();
  });

  it.each([
    ['dies', 'export default (context) => { context.onMessage(() => process.exit(3)); context.ready(); };'],
    [
      'throws',
      'export default (context) => { context.onMessage(() => { throw new Error("boo"); }); context.ready(); };',
    ],
    [
      'ends without a report',
      'export default (context) => { context.onMessage(() => context.complete()); context.ready(); };',
    ],
    ['has ended when the order arrives', 'export default (context) => { context.ready(); context.complete(); };'],
    ['never starts', 'export default () => { throw new Error("boo"); };'],
  ])('that %s fails only its own job', async (_what, entrySource) => {
    const own = await start({ entrySource });
    const answer = await deliver(own.url, await newJob());
    expect(answer).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_WRITER_CRASHED' } });
    expect((await fetch(`${own.url}/health`)).status).toBe(200);
  });
});
