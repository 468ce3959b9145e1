import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { codec } from './protocol/codec.ts';
import { plainValue } from './testing/arbitrary.ts';
import { connectRoot, names, root, startTestServer } from './testing/database.ts';
import { RawClient } from './testing/raw-client.ts';

const credentials = [{ user: root.username, pass: root.password }];

async function start() {
  const { url, port, host } = await startTestServer();
  const other = await connectRoot(url);
  const client = await RawClient.connect(url);
  await client.call('signin', credentials);
  await client.call('use', [names.namespace, names.database]);
  const isUnharmed = async () => expect(await other.query('RETURN 1')).toEqual([1]);
  return { url, port, host, other, client, isUnharmed };
}

describe('a WebSocket message', () => {
  it('gets an answer if it is random, cut or changed, and other clients are not affected', async () => {
    const { client, isUnharmed } = await start();
    const request = fc
      .tuple(fc.constantFrom('query', 'select', 'use', 'kill', 'live', 'let', 'commit', 'run'), fc.array(plainValue))
      .map(([method, params]) => codec.encode({ id: 1, method, params }));
    const cut = request.chain((bytes) => fc.nat(bytes.length).map((length) => bytes.slice(0, length)));
    const changed = fc
      .tuple(request, fc.nat(), fc.nat(255))
      .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut, changed), async (bytes) => {
        expect(await client.send(bytes)).toBeDefined();
      }),
      { numRuns: 600, seed: 20_261_120 },
    );
    await isUnharmed();
  });

  it('is refused without cost if it claims more bytes than it has', async () => {
    const { client, isUnharmed } = await start();
    const head = Buffer.from(codec.encode({ id: 1, method: 'query', params: [] })).subarray(0, -1);
    const claims = [
      '9b7fffffffffffffff',
      '5b00000fffffffffff',
      '7b00000fffffffffff',
      'bb1fffffffffffffff',
      '9affffffff',
    ];
    const before = process.memoryUsage.rss();
    for (const claim of claims) {
      for (const nested of ['', '81', '8261620']) {
        const bytes = Buffer.concat([
          head,
          Buffer.from(nested.padEnd(nested.length + (nested.length % 2), '0'), 'hex'),
        ]);
        const answer = await client.send(Buffer.concat([bytes, Buffer.from(claim, 'hex')]));
        expect(answer).toMatchObject({ error: { code: -32700 } });
      }
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000);
    await isUnharmed();
  });

  it('in the other format gets a parse error in the connection’s format', async () => {
    const { url, client, isUnharmed } = await start();
    expect(await client.send(JSON.stringify({ id: 1, method: 'ping' }))).toMatchObject({ error: { code: -32700 } });
    const json = await RawClient.connect(url, 'json');
    expect(await json.send(codec.encode({ id: 1, method: 'ping' }))).toMatchObject({ error: { code: -32700 } });
    expect(await json.send(`${'['.repeat(100_000)}`)).toMatchObject({ error: { code: -32700 } });
    expect(await json.send(`{"id":1,"method":"ping","params":${'['.repeat(5000)}${']'.repeat(5000)}}`)).toBeDefined();
    await isUnharmed();
  });

  it('reaches the engine only up to the allowed depth', async () => {
    const { client, isUnharmed } = await start();
    const nest = (depth: number) => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);
    expect(await client.call('query', ['RETURN 1', { x: nest(150) }])).toMatchObject({ result: [{ result: 1 }] });
    const deep = Buffer.from(codec.encode({ id: 1, method: 'query', params: ['RETURN 1', 0] })).subarray(0, -1);
    const levels = Buffer.concat([deep, Buffer.alloc(100_000, 0x81), Buffer.of(1)]);
    expect(await client.send(levels)).toMatchObject({ error: { code: -32700 } });
    await isUnharmed();
  });
});

describe('every method', () => {
  it('answers invalid UTF-8 with an error', async () => {
    const { client, isUnharmed } = await start();
    for (const method of ['use', 'kill', 'query', 'let', 'signin', 'select']) {
      const request = Buffer.from(codec.encode({ id: 1, method, params: ['aa', 'bb'] }));
      const broken = Buffer.concat([request.subarray(0, -5), Buffer.from([0x62, 0xc3, 0x28, 0x61, 0x62])]);
      expect(await client.send(broken), method).toHaveProperty('error');
    }
    await isUnharmed();
  });
});

describe('an HTTP request', () => {
  /** Sends text as it is and returns everything that arrives until the server closes the connection. */
  async function exchange(port: number, host: string, text: string): Promise<string> {
    const socket = connect(port, host);
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('error', () => {});
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  it('is refused if it is malformed or its head is too large', async () => {
    const { port, host, isUnharmed } = await start();
    expect(await exchange(port, host, 'HELLO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await exchange(port, host, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
    const two =
      'POST /sql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await exchange(port, host, two)).toMatch(/^HTTP\/1\.1 400/);
    await isUnharmed();
  });

  it('is answered in order in a pipeline', async () => {
    const { port, host } = await start();
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
    const received = await exchange(
      port,
      host,
      get('/version') + get('/nowhere') + get('/health', 'Connection: close\r\n'),
    );
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });

  it('does no harm if an upgrade is broken off or names another path', async () => {
    const { port, host, url, isUnharmed } = await start();
    const upgrade = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(port, host);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(upgrade(count % 2 === 0 ? '/nowhere' : '/rpc'));
      socket.resetAndDestroy();
    }
    const elsewhere = new WebSocket(url.replace('/rpc', '/sql'), ['cbor']);
    const [error] = await once(elsewhere, 'error');
    expect(error.message).toMatch(/404/);
    await vi.waitFor(isUnharmed, 20_000);
  });
});

describe('scripts and the network', () => {
  it('are disabled by default', async () => {
    const { client } = await start();
    const say = async (text: string) =>
      ((await client.call('query', [text])) as { result: { status: string; result: string }[] }).result[0];
    expect(await say('RETURN function() { return 1 }')).toMatchObject({
      status: 'ERR',
      result: expect.stringContaining('Embedded functions are not enabled'),
    });
    expect(await say('RETURN http::get("http://127.0.0.1:1/")')).toMatchObject({
      status: 'ERR',
      result: "Access to network target '127.0.0.1:1' is not allowed",
    });
    expect(await client.call('run', ['http::get', null, ['http://127.0.0.1:1/']])).toMatchObject({
      error: { kind: 'NotAllowed' },
    });
  });

  it('can reach the hosts and ports that `allow.network` names', async () => {
    const { url } = await startTestServer({ allow: { network: ['127.0.0.1:1'] } });
    const client = await connectRoot(url);
    await expect(client.query('RETURN http::get("http://127.0.0.1:1/")')).rejects.toThrow('remote HTTP request');
    await expect(client.query('RETURN http::get("http://127.0.0.1:2/")')).rejects.toThrow('is not allowed');
  });
});
