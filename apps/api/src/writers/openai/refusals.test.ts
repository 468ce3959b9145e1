import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completes, type OpenAiServer, sends, startOpenAiServer } from '../../testing/openai-server.ts';
import { writeWithOpenAi } from '../openai.ts';
import type { WriterFailure } from '../writer.ts';

const KEY = 'a-key-without-a-known-prefix';
const PAGE = '<!DOCTYPE html><html><head><title>Sign in to the proxy</title></head><body>Hello</body></html>';
const GOOD = { title: 'A haunted title', content: 'A haunted content.' };

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
});

const write = (baseUrl = server.baseUrl, timeoutMs = 25_000) =>
  writeWithOpenAi(
    { title: 'T', content: 'C' },
    { apiKey: KEY, baseUrl, model: 'ghost-writer', timeoutMs },
    new AbortController().signal,
  );
const failure = (...options: Parameters<typeof write>): Promise<WriterFailure> =>
  write(...options).then(
    () => expect.unreachable('it wrote something'),
    (error: WriterFailure) => error,
  );

describe('a refusal of a provider', () => {
  it.each<[string, string, number, string | object]>([
    // The status says it.
    ['key', 'a wrong key', 401, { error: { message: 'Incorrect API key provided: sk-a***ow.' } }],
    ['key', 'a key without this right', 403, { error: { message: 'Forbidden' } }],
    ['quota', 'an empty account', 402, { error: { message: 'Payment required' } }],
    ['long', 'a request that is too large', 413, { error: { message: 'Payload too large' } }],
    ['busy', 'too many requests', 429, { error: { message: 'Slow down' } }],
    ['request', 'another wrong request', 400, { error: { message: 'Unknown parameter: seed' } }],
    ['away', 'a server error', 500, { error: { message: 'Internal' } }],
    ['busy', 'an overloaded server', 529, { type: 'error', error: { type: 'overloaded', message: 'Later' } }],
    // The code or the words say more than the status.
    ['quota', 'an exceeded quota', 429, { error: { code: 'insufficient_quota', message: 'No.' } }],
    ['quota', 'a low balance', 400, { error: { message: 'Your credit balance is too low' } }],
    ['model', 'an unknown model', 404, { error: { code: 'model_not_found', message: 'No.' } }],
    ['model', 'a model that is not allowed', 403, { error: { message: 'Project has no access to model `x`' } }],
    [
      'model',
      'a model that was removed',
      400,
      { error: { code: 'model_decommissioned', message: 'The model `x` has been decommissioned' } },
    ],
    ['model', 'an invalid model', 400, { error: { message: 'x is not a valid model ID' } }],
    ['key', 'a wrong key as a bad request', 400, { error: { message: 'API key not valid', code: 'invalid_api_key' } }],
    ['long', 'a text that exceeds the context', 400, { error: { code: 'context_length_exceeded', message: 'No.' } }],
    ['long', 'a text with too many tokens', 422, { detail: "This model's maximum context length is 4096 tokens." }],
    ['declined', 'a prompt that a filter stops', 400, { error: { code: 'content_filter', message: 'No.' } }],
    ['declined', 'a prompt that is flagged', 403, { error: { message: 'Your input was flagged' } }],
    // Status 200, or another form.
    ['busy', 'an error with 200 and a status as its code', 200, { error: { code: 429, message: 'No.' } }],
    ['away', 'an error with 200 and the code 502', 200, { error: { code: 502, message: 'No.' } }],
    ['quota', 'an error with 200 and words', 200, { error: { message: 'Insufficient credits' } }],
    ['model', 'an error with 200 as a text', 200, { error: 'model "x" not found, try pulling it first' }],
    ['busy', 'an error with 200 inside a choice', 200, { choices: [{ error: { code: 429, message: 'No.' } }] }],
    ['answer', 'an unknown error with 200', 200, { error: { message: 'Something happened' } }],
    ['key', 'an error in a list', 200, [{ error: { code: 401, message: 'No.' } }]],
    ['model', 'an error without "error"', 400, { object: 'error', message: 'The model `x` does not exist.' }],
    ['request', 'a list of details', 422, { detail: [{ loc: ['body'], msg: 'field required' }] }],
    [
      'busy',
      'an error as an event of a stream',
      200,
      'data: {"error":{"code":429,"message":"No."}}\n\ndata: [DONE]\n\n',
    ],
    ['request', 'plain text', 400, 'Bad Request'],
    ['away', 'an empty body', 503, ''],
    // Something else than the provider answers.
    ['address', 'a web page with 200', 200, PAGE],
    ['address', 'a web page with 403', 403, PAGE],
    ['address', 'a path that does not exist', 404, '404 page not found'],
    ['address', 'a method that is not allowed', 405, { detail: 'Method Not Allowed' }],
    ['away', 'a web page with 502', 502, PAGE],
    ['busy', 'a web page with 429', 429, PAGE],
  ])('is "%s" for %s', async (kind, _what, status, body) => {
    server.answer = sends(status, body);
    const error = await failure();
    expect({ kind: error.kind, name: error.name }).toEqual({ kind, name: 'WriterFailure' });
    expect(server.requests).toHaveLength(1);
  });

  it('is wrong about the address if the answer redirects, and no other server gets the text', async () => {
    server.answer = sends(301, '', { location: `${server.baseUrl}/elsewhere` });
    expect(await failure()).toMatchObject({ kind: 'address', message: expect.stringContaining('301') });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['of an error with 200', 200, { error: { message: 'The moon is full' } }, '200 The moon is full'],
    ['of an error in a list', 400, [{ error: { message: 'The moon is full' } }], '400 The moon is full'],
    ['of a detail', 422, { detail: 'The moon is full' }, '422 The moon is full'],
    ['in a title of a web page', 502, PAGE, '502 a web page with the title "Sign in to the proxy"'],
    ['of plain text', 503, 'upstream connect error', '503 upstream connect error'],
  ])('keeps the reason %s', async (_where, status, body, message) => {
    server.answer = sends(status, body);
    expect((await failure()).message).toBe(message);
  });

  it('shows one bounded line without keys, accounts, addresses and control characters', async () => {
    const secrets = [
      KEY,
      'sk-proj-abcdef',
      'org-Ab12Cd34',
      '10.0.0.7:8080',
      'https://internal.example/v1',
      'ada@example.com',
    ];
    server.answer = sends(400, {
      error: { message: `Bad\n\u001b[31m\u202e ${secrets.join(' ')} 👻${'👻'.repeat(500)}` },
    });
    const { message } = await failure();
    for (const secret of secrets) expect(message).not.toContain(secret);
    expect([...message].length).toBeLessThanOrEqual(200);
    expect(message.isWellFormed()).toBe(true);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('says nothing of what a provider writes about the key', async () => {
    server.answer = sends(401, { error: { message: 'Incorrect key: abc***xyz', code: KEY } });
    expect((await failure()).message).toBe('401 the key was rejected');
  });

  it('is asked again without the schema if only the schema is refused, whatever the form', async () => {
    for (const refusal of [
      sends(400, { error: { message: 'response_format is not supported' } }),
      sends(422, { detail: [{ loc: ['body', 'response_format'], msg: 'extra fields not permitted' }] }),
      sends(200, { error: 'json_schema: not implemented' }),
    ]) {
      server.answer = (request, response) =>
        (request.body.response_format === undefined ? completes(GOOD) : refusal)(request, response);
      await expect(write()).resolves.toMatchObject(GOOD);
    }
  });

  it.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '0.4' }, 1],
    [{ 'retry-after-ms': '1500' }, 2],
    [{ 'retry-after-ms': '1500', 'retry-after': '60' }, 2],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 1],
    [{ 'retry-after': '999999' }, 3600],
    [{ 'retry-after': 'later' }, undefined],
    [{ 'retry-after-ms': 'soon' }, undefined],
  ])('passes on %j as %s seconds', async (headers: Record<string, string>, seconds) => {
    server.answer = sends(429, { error: { message: 'Slow down' } }, headers);
    expect((await failure()).retryAfterSeconds).toBe(seconds);
  });
});

describe('the address of a provider', () => {
  it.each([
    ['', '/chat/completions'],
    ['/', '/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
    ['/v1?api-version=2', '/v1/chat/completions?api-version=2'],
  ])('can end with "%s"', async (end, url) => {
    server.answer = completes(GOOD);
    await expect(write(`${new URL(server.baseUrl).origin}${end}`)).resolves.toMatchObject(GOOD);
    expect(server.requests[0]?.url).toBe(url);
  });

  it('is wrong if it names https and the server speaks http', async () => {
    expect(await failure(server.baseUrl.replace('http:', 'https:'))).toMatchObject({ kind: 'address' });
  });
});

describe('a connection that fails', () => {
  it('is retried if it is reset before the answer or in the middle of it', async () => {
    server.answer = (_request, response) => response.socket?.resetAndDestroy();
    expect(await failure()).toMatchObject({ kind: 'away' });
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"choices":', () => response.socket?.resetAndDestroy());
    };
    expect(await failure()).toMatchObject({ kind: 'away', message: expect.stringContaining('no connection') });
  });

  it('is retried if the answer trickles and is not complete in time', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const trickle = setInterval(() => response.write(' '), 5);
      response.once('close', () => clearInterval(trickle));
    };
    expect(await failure(undefined, 200)).toMatchObject({ kind: 'away', message: 'no complete answer in time' });
  });

  it('is retried if the answer is not HTTP', async () => {
    const other: Server = createServer();
    other.on('connection', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const address = await new Promise<string>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(other.address() as { port: number }).port}`)),
    );
    expect(await failure(address)).toMatchObject({ kind: 'away' });
    await new Promise((resolve) => other.close(resolve));
  });
});
