/**
 * A web page of another origin, or with a host name that it made resolve to this machine, must not reach the server.
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { SurrealServer } from '../server.ts';
import { connectRoot, root, startTestServer } from '../testing/database.ts';
import { basic } from '../testing/http-client.ts';

const APP = 'http://localhost:3600';

const foreign: readonly (readonly [what: string, headers: Record<string, string>, status: number])[] = [
  ['a foreign Origin', { origin: 'https://evil.example' }, 403],
  ['the Origin of a sandboxed page or a file', { origin: 'null' }, 403],
  ['an empty Origin', { origin: '' }, 403],
  ['the app on another port', { origin: 'http://localhost:3601' }, 403],
  ['the app with another scheme', { origin: 'https://localhost:3600' }, 403],
  ['the app in upper case', { origin: 'http://LOCALHOST:3600' }, 403],
  ['the app with a suffix', { origin: `${APP}.evil.example` }, 403],
  ['the app next to another Origin', { origin: `${APP}, https://evil.example` }, 403],
  ['an image or script of another page', { 'sec-fetch-site': 'cross-site' }, 403],
  ['an image or script of another port', { 'sec-fetch-site': 'same-site' }, 403],
  ['a rebound name', { host: 'evil.example' }, 421],
  ['a rebound name with a port', { host: 'evil.example:3666' }, 421],
  ['a rebound name that looks like loopback', { host: '127.0.0.1.evil.example' }, 421],
  ['a rebound name with the Origin of the app', { host: 'evil.example', origin: APP }, 421],
  ['a Host with a user', { host: 'localhost@evil.example' }, 421],
];

const known: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ['no Origin', {}],
  ['the Origin of the app', { origin: APP }],
  ['a page of the server', { 'sec-fetch-site': 'same-origin' }],
  ['an address bar', { 'sec-fetch-site': 'none' }],
  ['localhost', { host: 'localhost:1' }],
  ['a name below localhost', { host: 'App.Localhost.:1' }],
  ['an IPv4 address', { host: '192.0.2.7:8000' }],
  ['an IPv6 address', { host: '[2001:db8::1]:8000' }],
  ['an allowed name', { host: 'DB.example:8000' }],
];

const start = (): Promise<SurrealServer> => startTestServer({ origins: [APP], hosts: ['db.example'] });

/** A plain HTTP request with headers that `fetch` would not send. */
async function http({ port }: SurrealServer, method: string, path: string, headers: Record<string, string>, body = '') {
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }).end(
    method === 'POST' ? body : undefined,
  );
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** The status of a refused upgrade, or 101. */
async function upgrade({ url }: SurrealServer, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(url, 'cbor', { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('error', reject);
  });
}

describe('a foreign page', () => {
  it.each(foreign)('cannot open a WebSocket: %s', async (_what, headers, status) => {
    expect(await upgrade(await start(), headers)).toBe(status);
  });

  it.each(foreign)('cannot send an HTTP request, even with the password: %s', async (_what, headers, status) => {
    const server = await start();
    const owner = await connectRoot(server.url);
    const asRoot = {
      authorization: basic(root.username, root.password),
      'surreal-ns': 'main',
      'surreal-db': 'spookify',
    };
    const requests: readonly (readonly [string, string])[] = [
      ['POST', '/sql'],
      ['POST', '/rpc'],
      ['POST', '/signin'],
      ['POST', '/import'],
      ['POST', '/key/note'],
      ['GET', '/api/main/spookify/x'],
      ['GET', '/export'],
      ['GET', '/version'],
      ['GET', '/health'],
      ['OPTIONS', '/sql'],
      ['GET', '/nowhere'],
    ];
    for (const [method, path] of requests) {
      const answer = await http(server, method, path, { ...asRoot, ...headers }, 'CREATE note');
      expect(answer.status, `${method} ${path}`).toBe(status);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(await owner.query('INFO FOR DB')).toMatchObject([{ tables: {} }]);
  });

  it('cannot use a second Host header', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.end('GET /version HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4(00|21) /);
  });
});

describe('the policy for other clients', () => {
  it.each(known)('accepts %s', async (_what, headers) => {
    const server = await start();
    expect(await upgrade(server, headers)).toBe(101);
    expect((await http(server, 'GET', '/version', headers)).status).toBe(200);
  });

  it('sends CORS headers only to the app, for its own origin', async () => {
    const server = await start();
    const asApp = await http(server, 'OPTIONS', '/sql', { origin: APP, 'access-control-request-method': 'POST' });
    expect(asApp).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': APP } });
    expect(asApp.headers['access-control-allow-headers']).toContain('surreal-ns');
    expect((await http(server, 'POST', '/sql', { origin: APP })).headers['access-control-allow-origin']).toBe(APP);
    const plain = await http(server, 'OPTIONS', '/sql', {});
    expect(plain.status).toBe(200);
    expect(Object.keys(plain.headers).join()).not.toContain('access-control');
  });

  it('accepts the host name that the server listens on', async () => {
    const server = await startTestServer({ host: 'localhost' });
    expect(await upgrade(server, {})).toBe(101);
  });
});

it.each([
  { origins: ['null'] },
  { origins: ['*'] },
  { origins: ['localhost:3600'] },
  { origins: ['http://localhost:3600/app'] },
  { origins: ['file:///app'] },
  { hosts: ['http://db.example'] },
  { hosts: ['db.example:8000'] },
  { hosts: ['*'] },
])('refuses an option that no request could match: %j', async (options) => {
  await expect(startTestServer(options)).rejects.toMatchObject({ code: 'SPOOKY_DB_ORIGIN_INVALID' });
});
