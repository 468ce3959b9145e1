import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { completes, type OpenAiServer, refuses, startOpenAiServer } from '../testing/openai-server.ts';
import { PATIENCE } from '../testing/patience.ts';
import { writeWithOpenAi } from './openai.ts';
import { LONGEST_CONTENT, LONGEST_TITLE, type WriterFailure } from './writer.ts';

const KEY = 'sk-a-key-that-must-not-show';
const THREAD = { title: 'My house', content: 'It is old.' };
const GOOD = { title: 'My haunted house', content: 'It is old, and it listens.' };

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.answer = completes(GOOD);
});

const write = (timeoutMs = 25_000, signal = new AbortController().signal) =>
  writeWithOpenAi(THREAD, { apiKey: KEY, baseUrl: server.baseUrl, model: 'ghost-writer', timeoutMs }, signal);
const failure = async (timeoutMs?: number): Promise<WriterFailure> =>
  write(timeoutMs).then(
    () => expect.unreachable('it wrote something'),
    (error: WriterFailure) => error,
  );

describe('the OpenAI writer', () => {
  it('sends one request for JSON with the key, and names the model that answered', async () => {
    await expect(write()).resolves.toEqual({ ...GOOD, writer: 'ghost-writer-2026-01-01' });
    const [request, ...more] = server.requests;
    expect(more).toEqual([]);
    expect(request?.url).toBe('/v1/chat/completions');
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(request?.body).toMatchObject({ model: 'ghost-writer', response_format: { type: 'json_schema' } });
    expect(JSON.parse(request?.body.messages.at(-1)?.content ?? '')).toEqual(THREAD);
  });

  it.each([
    ['in a code fence', `\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``],
    ['after reasoning', `<think>{"title": "no"} Hm.</think>\n${JSON.stringify(GOOD)}`],
    ['between words', `Here you are:\n${JSON.stringify(GOOD)}\nBoo!`],
    ['with more than was asked for', { ...GOOD, mood: 'eerie' }],
  ])('accepts JSON %s', async (_where, content) => {
    server.answer = completes(content);
    await expect(write()).resolves.toMatchObject(GOOD);
  });

  it('repeats the request without a schema if the server supports none', async () => {
    server.answer = (request, response) =>
      request.body.response_format === undefined
        ? completes(GOOD)(request, response)
        : refuses(400, "'response_format.type' must be 'text'")(request, response);
    await expect(write()).resolves.toMatchObject(GOOD);
    expect(server.requests).toHaveLength(2);
  });

  it('cuts an answer that is too long at a sentence', async () => {
    server.answer = completes({ title: 'A title. '.repeat(40), content: 'It creaked all night. '.repeat(1_000) });
    const { title, content } = await write();
    expect(title.length).toBeLessThanOrEqual(LONGEST_TITLE);
    expect(title).toMatch(/A title\.$/);
    expect(content.length).toBeLessThanOrEqual(LONGEST_CONTENT);
    expect(content).toMatch(/all night\.$/);
  });

  it.each([
    ['plain prose', completes('Once upon a midnight dreary')],
    ['half a JSON', completes('{"title": "My haunted')],
    ['the wrong fields', completes({ headline: 'x', body: 'y' })],
    ['empty strings', completes({ title: ' ', content: '' })],
    ['no text', completes(null)],
    ['no choices', ((_request, response) => response.end('{"choices":[]}')) satisfies OpenAiServer['answer']],
    [
      'invalid JSON',
      ((_request, response) =>
        response.setHeader('content-type', 'application/json').end('{"cho')) satisfies OpenAiServer['answer'],
    ],
  ])('calls %s an unusable answer', async (_name, answer) => {
    server.answer = answer;
    expect(await failure()).toMatchObject({ name: 'WriterFailure', kind: 'answer' });
  });

  it('distinguishes a refusal from a failure', async () => {
    server.answer = completes(null, { refusal: 'I cannot do that.' });
    expect(await failure()).toMatchObject({ kind: 'declined' });
    server.answer = completes('', {}, { finish_reason: 'content_filter' });
    expect(await failure()).toMatchObject({ kind: 'declined' });
  });

  it.each([
    [401, 'key'],
    [403, 'key'],
    [404, 'address'],
    [400, 'request'],
    [429, 'busy'],
    [500, 'away'],
    [503, 'away'],
  ] as const)('reports what a %i means, sends one request and does not repeat the key', async (status, kind) => {
    server.answer = refuses(status, `Something about ${KEY}.`);
    const error = await failure();
    expect(error.kind).toBe(kind);
    expect(error.message).not.toContain(KEY);
    expect(server.requests).toHaveLength(1);
  });

  it('passes on Retry-After in both of its forms', async () => {
    server.answer = refuses(429, 'Slow down', { 'retry-after': '7' });
    expect((await failure()).retryAfterSeconds).toBe(7);
    server.answer = refuses(503, 'Later', { 'retry-after': new Date(Date.now() + 300_000).toUTCString() });
    expect((await failure()).retryAfterSeconds).toBeGreaterThan(250);
    server.answer = refuses(429, 'Whenever', { 'retry-after': 'soon' });
    expect((await failure()).retryAfterSeconds).toBeUndefined();
  });

  it('waits no longer than its limit', async () => {
    server.answer = () => undefined;
    expect(await failure(100)).toMatchObject({ kind: 'away' });
    await vi.waitFor(() => expect(server.open()).toBe(0), PATIENCE);
  });

  it('reports a server that is not running or closes the connection', async () => {
    server.answer = (_request, response) => response.destroy();
    expect(await failure()).toMatchObject({ kind: 'away' });
    const gone = await startOpenAiServer();
    await gone.close();
    const options = { apiKey: KEY, baseUrl: gone.baseUrl, model: 'm', timeoutMs: 25_000 };
    await expect(writeWithOpenAi(THREAD, options, new AbortController().signal)).rejects.toMatchObject({
      kind: 'away',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('closes the connection when its signal aborts', async () => {
    server.answer = () => undefined;
    const controller = new AbortController();
    const written = write(25_000, controller.signal);
    await vi.waitFor(() => expect(server.open()).toBe(1), PATIENCE);
    controller.abort();
    await expect(written).rejects.toMatchObject({ name: 'WriterFailure' });
    await vi.waitFor(() => expect(server.open()).toBe(0), PATIENCE);
  });
});
