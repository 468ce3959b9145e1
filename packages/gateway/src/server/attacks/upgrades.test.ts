import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';

/* Sends bytes that no library sends. */

let test: TestGateway;
let page: string;
let token: string;
beforeAll(async () => {
  test = await startTestGateway();
  const { cookie } = await test.signUp('ada');
  page = `Origin: ${ORIGIN}\r\nCookie: ${cookie}\r\n`;
  token = cookie.split('=')[1] ?? '';
});
afterAll(() => test.close());

interface UpgradeOptions {
  readonly headers?: string;
  readonly path?: string;
  readonly method?: string;
}

function upgrade({ headers = page, path = '/spooky/socket?protocol=2', method = 'GET' }: UpgradeOptions = {}): string {
  const lines = ['Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Key: ${KEY}\r\n${headers}\r\n`;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Sends the bytes at once and resolves with everything received until the gateway closes the connection. */
function answerTo(...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(Number(new URL(test.url).port), '127.0.0.1', () => {
      socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    });
    socket.on('data', (data) => {
      got += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
  });
}

/** One client frame with a mask of zeros. */
function frame(first: number, content: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(content);
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), bytes]);
}

describe('an upgrade', () => {
  it.each<[string, UpgradeOptions, RegExp]>([
    ['another endpoint', { path: '/spooky/health' }, /^HTTP\/1\.1 400 /],
    ['an endpoint that queries the database', { path: '/spooky/ready' }, /^HTTP\/1\.1 400 /],
    ['a missing endpoint', { path: '/nothing' }, /^HTTP\/1\.1 404 /],
    ['a POST request', { method: 'POST' }, /^HTTP\/1\.1 404 /],
    ['the endpoint of a POST', { method: 'POST', path: '/spooky/sign-out' }, /^HTTP\/1\.1 400 /],
  ])('is refused and its connection closed: %s', async (_, options, expected) => {
    expect(await answerTo(upgrade(options))).toMatch(expected);
  });

  it('is refused for another protocol than WebSocket', async () => {
    const lines = 'Host: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n';
    for (const path of ['/spooky/socket', '/spooky/health']) {
      expect(await answerTo(`GET ${path} HTTP/1.1\r\n${lines}`)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('accepts a token only from the cookie or from one header', async () => {
    const attempts: readonly UpgradeOptions[] = [
      { headers: `Origin: ${ORIGIN}\r\n`, path: `/spooky/socket?protocol=2&token=${token}` },
      { headers: `Origin: ${ORIGIN}\r\nAuthorization: Bearer ${token}\r\n` },
      { headers: `Authorization: Basic ${token}\r\n` },
      { headers: `${page}Cookie: ${page.match(/spooky-test-3600=/)?.[0]}x\r\n` },
    ];
    for (const answer of await Promise.all(attempts.map((options) => answerTo(upgrade(options))))) {
      expect(answer).toContain('there is no session');
      expect(answer).not.toContain('hello');
    }
  });

  it('counts as one of a foreign page if it has two origins', async () => {
    for (const origins of [`Origin: https://evil.example\r\n${page}`, `${page}Origin: https://evil.example\r\n`]) {
      expect(await answerTo(upgrade({ headers: origins }))).not.toContain('hello');
    }
  });

  it('never enables compression, whatever is requested', async () => {
    const headers = `${page}Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n`;
    const answer = await answerTo(upgrade({ headers }), frame(0xc1, 'x'));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer).not.toMatch(/^Sec-WebSocket-Extensions/im);
  });

  it('is refused if its headers are too large', async () => {
    expect(await answerTo(upgrade({ headers: `${page.trimEnd()}; x=${'y'.repeat(20_000)}\r\n` }))).toMatch(/ 431 /);
    expect(await answerTo(upgrade({ headers: `${page}Sec-WebSocket-Protocol: a,,b;\r\n` }))).toMatch(/ 400 /);
  });
});

describe('data that follows an upgrade in the same segment', () => {
  it.each<[string, () => string | Buffer]>([
    ['another upgrade', () => upgrade()],
    ['a request', () => 'GET /spooky/health HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a frame without a mask', () => Buffer.from([0x81, 2, 0x7b, 0x7d])],
    ['a compressed frame', () => frame(0xc1)],
    ['a ping of 200 bytes', () => frame(0x89, Buffer.alloc(200))],
    ['a ping in pieces', () => frame(0x09)],
    ['a length of 63 bits', () => Buffer.from([0x81, 0xff, 0x7f, ...Array<number>(7).fill(0xff), 0, 0, 0, 0])],
    ['a close with an unknown code', () => frame(0x88, Buffer.from([0, 1]))],
    ['a continuation of nothing', () => frame(0x80)],
    ['an unknown kind of frame', () => frame(0x83)],
    ['a new message within another one', () => Buffer.concat([frame(0x01, '{'), frame(0x01, '{')])],
    ['a message in 2,000 pieces', () => Buffer.concat([frame(0x01), ...Array.from({ length: 2_000 }, () => frame(0))])],
    ['random bytes', () => Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7_919) % 256))],
  ])('closes the socket if it is %s', async (_, after) => {
    expect(await answerTo(upgrade(), after())).toMatch(/^HTTP\/1\.1 101 /);
    await expect.poll(() => test.gateway.stats.sockets).toBe(0);
    expect(test.log.filter((line) => line.includes('failed'))).toEqual([]);
  });

  it('is answered frame by frame if it is valid', async () => {
    const pings = Array.from({ length: 50 }, () => frame(0x81, '{"type":"ping"}'));
    const answer = await answerTo(upgrade(), ...pings, frame(0x88, Buffer.from([0x03, 0xe8])));
    expect(answer.match(/\{"type":"pong"\}/g)).toHaveLength(50);
  });
});

describe('a page that reaches the gateway by another host name', () => {
  it('is foreign, whatever the name resolves to', async () => {
    const { port } = new URL(test.url);
    const host = `evil.example:${port}`;
    for (const line of [`Cookie: spooky-test-3600=${token}`, `Authorization: Bearer ${token}`]) {
      const head = `Host: ${host}\r\nOrigin: http://${host}\r\n${line}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n`;
      const answer = await answerTo(`POST /spooky/sign-out HTTP/1.1\r\n${head}Connection: close\r\n\r\n{}`);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    }
    const signedIn = await test.post('renew', {}, { cookie: `spooky-test-3600=${token}` });
    expect(signedIn.status).toBe(200);
  });
});
