/** Backends that answer incorrectly: the row gets a bounded reason, and the runner continues. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunnerOptions } from '../options.ts';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';

/** Answers one request. */
type Behaviour = (socket: Socket) => void;

let fixture: Fixture;
let server: Server;
let behave: Behaviour;
let requests = 0;
const sockets = new Set<Socket>();

const answer = (status: string, body = '', headers = '') =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const fine: Behaviour = (socket) => socket.write(answer('200 OK', '{"ok":true}'));
const sends =
  (bytes: string): Behaviour =>
  (socket) =>
    socket.write(bytes);
const sendsAndCloses =
  (bytes: string): Behaviour =>
  (socket) =>
    socket.end(bytes);

beforeAll(async () => {
  fixture = await createFixture();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      if (!bytes.includes('POST /spookify')) return;
      requests += 1;
      behave(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await fixture.reset();
  for (const socket of sockets) socket.destroy();
  requests = 0;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await fixture.close();
});

async function run(options: Partial<RunnerOptions> = {}, timeoutMs = 60_000): Promise<void> {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fixture.run({ backends: [{ ...fixture.backend.options, baseUrl, timeoutMs }], ...options });
}

/** Delivers one job with one attempt, then a second job, which the same runner must be able to deliver. */
async function outcomeOf(behaviour: Behaviour, timeoutMs?: number): Promise<Record<string, unknown>> {
  behave = behaviour;
  await run({}, timeoutMs);
  const id = await fixture.database.insert({ max_retries: 0 });
  const row = await eventually(async () => {
    const now = await fixture.database.row(id);
    expect(['success', 'failed']).toContain(now.status);
    return now;
  });
  behave = fine;
  await fixture.becomes(await fixture.database.insert(), { status: 'success', result: { ok: true } });
  return row;
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const unreachable = 'backend_unreachable';
const timeout = 'backend_timeout';
/** For backends that never answer; the others must not reach this limit on a busy machine. */
const SHORT_MS = 500;

describe('fails with a reason when the backend', () => {
  test.each<[string, string, RegExp, Behaviour]>([
    ['closes the connection', unreachable, /closed the connection/, (socket) => socket.end()],
    ['resets the connection', unreachable, /closed the connection/, (socket) => socket.resetAndDestroy()],
    ['sends nothing', timeout, /did not answer within 500 ms/, () => {}],
    ['speaks another protocol', unreachable, /not HTTP/, sendsAndCloses('SSH-2.0-OpenSSH_9.6\r\n')],
    ['answers with binary garbage', unreachable, /not HTTP/, sends('\0\u0001\u0002\xff\xfe'.repeat(5000))],
    ['answers as HTTP/0.9 did', unreachable, /not HTTP/, sendsAndCloses('<html>boo</html>')],
    ['has a status of letters', unreachable, /not HTTP/, sends('HTTP/1.1 ABC OK\r\n\r\n')],
    [
      'sends two different lengths',
      unreachable,
      /not HTTP|closed/,
      sends('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'),
    ],
    ['sends a negative length', unreachable, /not HTTP/, sends('HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}')],
    [
      'ends before its length',
      unreachable,
      /closed the connection/,
      sendsAndCloses('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":'),
    ],
    [
      'stops before its length',
      timeout,
      /did not answer within/,
      sends('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":'),
    ],
    ['sends a chunk without a size', unreachable, /not HTTP/, sends(`${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`)],
    ['sends a chunk of the wrong size', unreachable, /not HTTP/, sends(`${CHUNKED}2\r\n{"a":1}\r\n0\r\n\r\n`)],
    ['sends a chunk of a huge size', timeout, /did not answer within/, sends(`${CHUNKED}fffffff\r\n{}`)],
    ['ends between chunks', unreachable, /closed the connection/, sendsAndCloses(`${CHUNKED}2\r\n{}\r\n`)],
    [
      'sends thousands of headers',
      unreachable,
      /more headers than the limit/,
      sends(`HTTP/1.1 200 OK\r\n${'X-Flood: 0123456789\r\n'.repeat(50_000)}\r\n`),
    ],
    [
      'has one header of a megabyte',
      unreachable,
      /more headers than the limit/,
      sends(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`),
    ],
    [
      'sends informational responses forever',
      timeout,
      /did not answer within/,
      sends('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
    ],
    [
      'switches to another protocol',
      unreachable,
      /./,
      sends('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['redirects to itself', 'http_302', /never followed/, sends(answer('302 Found', '', 'Location: /spookify\r\n'))],
    [
      'redirects to nowhere',
      'http_308',
      /never followed/,
      sends(answer('308 Permanent Redirect', '', 'Location: \u0001:://\r\n').replace('\u0001', '%01')),
    ],
    ['has an unknown status', 'http_799', /status 799/, sends(answer('799 What'))],
    [
      'gives a very long reason',
      'http_500',
      /^The backend answered 500: x+…$/,
      sends(answer('500 No', JSON.stringify({ message: 'x'.repeat(60_000) }))),
    ],
    [
      'gives a reason with control characters',
      'http_500',
      /^The backend answered 500: a b/,
      sends(answer('500 No', JSON.stringify({ message: 'a\0\r\n\u001b\u2028b\ud800' }))),
    ],
    [
      'has a body of 10 MB',
      'http_500',
      /status 500/,
      sends(answer('500 No', `{"message":"${'x'.repeat(10_000_000)}"}`)),
    ],
  ])('%s', async (_, code, reason, behaviour) => {
    const row = await outcomeOf(behaviour, code === timeout ? SHORT_MS : undefined);
    expect(row).toMatchObject({
      status: 'failed',
      errors: [{ attempt: 1, code, reason: expect.stringMatching(reason) }],
    });
    const [error] = row.errors as { reason: string }[];
    expect(Buffer.byteLength(error?.reason ?? '')).toBeLessThanOrEqual(1024);
  });

  test('drips its answer a byte at a time, until the timeout', async () => {
    let drip: NodeJS.Timeout | undefined;
    const row = await outcomeOf((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      drip = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(drip));
    }, SHORT_MS);
    clearInterval(drip);
    expect(row).toMatchObject({ status: 'failed', errors: [{ code: timeout }] });
  });
});

describe('succeeds without a result when a 200', () => {
  test.each<[string, string]>([
    ['has no body', answer('200 OK')],
    ['is a 204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['has incomplete JSON', answer('200 OK', '{"a":')],
    ['has 10 MB', answer('200 OK', `"${'x'.repeat(10_000_000)}"`)],
    ['is nested too deep', answer('200 OK', '['.repeat(20_000) + ']'.repeat(20_000))],
    ['has gzip as a wrong encoding', answer('200 OK', '\u001f\u008b{}', 'Content-Encoding: gzip\r\n')],
    ['is in an unknown encoding', answer('200 OK', '\u0001{}', 'Content-Encoding: spooky\r\n')],
  ])('%s', async (_, bytes) => {
    const row = await outcomeOf(sends(bytes));
    expect(row).toMatchObject({ status: 'success', errors: [] });
    expect(row).not.toHaveProperty('result');
  });
});

test('keeps the result of a compressed answer, and the reason of a compressed problem', async () => {
  const packed = (status: string, type: string, json: unknown): Behaviour => {
    const body = gzipSync(JSON.stringify(json));
    const head = `Content-Type: ${type}\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}`;
    return (socket) => socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n`), body]));
  };
  const result = { error: 'not today' };
  expect(await outcomeOf(packed('200 OK', 'application/json', result))).toMatchObject({ status: 'success', result });
  const problem = { title: 'Out of ink', detail: 'Buy\u001b[2J some.' };
  await fixture.reset();
  expect(await outcomeOf(packed('422 No', 'application/problem+json', problem))).toMatchObject({
    errors: [{ code: 'http_422', reason: 'The backend answered 422: Out of ink: Buy [2J some.' }],
  });
});

test('keeps every digit of numbers that are too large for JavaScript, as text', async () => {
  const json =
    '{"i":123456789012345678901234567890,"e":1e300,"inf":1e999,"max":9223372036854775807,"n":[-1.5,1e3,9007199254740991]}';
  expect(await outcomeOf(sends(answer('200 OK', json)))).toMatchObject({
    status: 'success',
    result: {
      i: '123456789012345678901234567890',
      e: 1e300,
      inf: '1e999',
      max: '9223372036854775807',
      n: [-1.5, 1000, 9007199254740991],
    },
  });
});

test.each([
  ['{"__proto__":{"a":1},"constructor":2,"id":3,"":4}'],
  ['{"n":-0,"m":0.1e-7}'],
  [JSON.stringify({ nul: 'a\0b', half: '\ud800', rtl: '\u202e', names: 'job:a', sql: "'; DELETE job; --" })],
  ['[[[],{}],null,true,"",0]'],
  ['null'],
])('accepts the odd result %s', async (json) => {
  expect(await outcomeOf(sends(answer('200 OK', json)))).toMatchObject({ status: 'success' });
});

test('retries once when a kept-alive connection closes under the next call', async () => {
  behave = (socket) => {
    if (requests === 2) socket.destroy();
    else fine(socket);
  };
  await run();
  await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  const row = await fixture.becomes(await fixture.database.insert(), { status: 'success' });
  expect(row).toMatchObject({ retries: 1, errors: [{ code: unreachable }] });
});

test('delivers other jobs although a backend sends unrequested bytes on a kept-alive connection', async () => {
  behave = (socket) => {
    socket.write(`${answer('200 OK', '{"ok":true}')}HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n`);
  };
  await run();
  for (let job = 0; job < 5; job += 1)
    await fixture.becomes(await fixture.database.insert(), { retries: 0, status: 'success' });
});

describe('Retry-After', () => {
  // A short random backoff could let the retry start before the test sees it wait.
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.9);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The delay before the retry, in seconds, according to the row. */
  async function delayAfter(headers: string): Promise<number> {
    behave = sends(answer('503 No', '', headers));
    await run({ backoff: { baseMs: 10_000, capMs: 10_000 } });
    const row = await fixture.becomes(await fixture.database.insert(), { status: 'pending', retries: 1 });
    return (new Date(String(row.run_at)).getTime() - new Date(String(row.updated_at)).getTime()) / 1000;
  }
  const date = (inMs: number) => new Date(Date.now() + inMs).toUTCString();

  test.each<[string, () => string]>([
    ['seconds', () => '600'],
    ['a date', () => date(610_000)],
  ])('delays the retry by %s', async (_, value) => {
    const delay = await delayAfter(`Retry-After: ${value()}\r\n`);
    expect(delay).toBeGreaterThan(500);
    expect(delay).toBeLessThan(620);
  });

  test.each(['86400', '9999999999', date(1e11), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'is capped at one hour: %s',
    async (value) => {
      const delay = await delayAfter(`Retry-After: ${value}\r\n`);
      expect(Math.round(delay)).toBe(3600);
    },
  );

  test.each<[string, string]>([
    ['a past date', `Retry-After: ${date(-1e9)}\r\n`],
    ['nonsense', 'Retry-After: soon\r\n'],
    ['a number that is too long', `Retry-After: ${'9'.repeat(400)}\r\n`],
    ['a negative number', 'Retry-After: -600\r\n'],
    ['a fraction', 'Retry-After: 600.5\r\n'],
    ['hexadecimal', 'Retry-After: 0xffff\r\n'],
    ['a partial date', 'Retry-After: 2099-01-01\r\n'],
    ['no value', 'Retry-After:\r\n'],
    ['two values', 'Retry-After: 600\r\nRetry-After: 700\r\n'],
  ])('falls back to the backoff for %s', async (_, headers) => {
    expect(await delayAfter(headers)).toBeLessThanOrEqual(11);
  });
});
