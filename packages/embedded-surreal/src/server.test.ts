import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openEngine } from './engine/open-engine.ts';
import { codec } from './protocol/codec.ts';
import { startServer } from './server.ts';
import { plainValue } from './testing/arbitrary.ts';
import { connectRoot, names, root, startTestServer } from './testing/database.ts';
import { eventLoopTime } from './testing/event-loop-time.ts';
import { RawClient } from './testing/raw-client.ts';
import { reusablePort } from './testing/reusable-port.ts';

const credentials = [{ user: root.username, pass: root.password }];

describe('bad input', () => {
  it('gets an error, and other clients are not affected', async () => {
    const { url } = await startTestServer();
    const other = await connectRoot(url);
    const raw = await RawClient.connect(url);
    expect(await raw.send('not cbor')).toMatchObject({ error: { code: -32700, message: 'Parse error' } });
    expect(await raw.send(new Uint8Array())).toMatchObject({ error: { code: -32700 } });
    expect(await raw.send(codec.encode({ id: 1 }))).toMatchObject({ error: { code: -32600 } });
    expect(await raw.call('no such method')).toMatchObject({ error: { code: -32601, kind: 'NotFound' } });
    expect(await raw.call('__proto__')).toMatchObject({ error: { code: -32601 } });
    const longId = 'x'.repeat(10_240);
    expect(await raw.send(codec.encode({ id: longId, method: 'ping' }))).toMatchObject({ id: longId });
    await raw.call('signin', credentials);
    const long = `RETURN ${JSON.stringify('x'.repeat(5_000_000))}`;
    expect(await raw.call('query', [long])).toHaveProperty('result');
    expect(await raw.call('query', [`RETURN ${'['.repeat(5000)}${']'.repeat(5000)}`])).toHaveProperty('error');
    expect(await other.query('RETURN 1')).toEqual([1]);
  });

  it('to `use` cannot abort the engine', async () => {
    const { url } = await startTestServer();
    const raw = await RawClient.connect(url);
    await raw.call('signin', credentials);
    for (const params of [
      [undefined, 'b'],
      [null, 'b'],
      [1, 2],
      ['a'],
      [],
      ['a', 'b', 'c'],
      [['a'], 'b'],
      [{}, null],
    ]) {
      expect(await raw.call('use', params)).toMatchObject({ error: { code: -32603 } });
    }
    expect(await raw.call('use', ['a', 'b'])).toMatchObject({ result: { namespace: 'a', database: 'b' } });
    expect(await raw.call('use', [undefined, 'c'])).toMatchObject({ result: { namespace: 'a', database: 'c' } });
    expect(await raw.call('use', [null, 'c'])).toHaveProperty('error');
    expect(await raw.call('use', [null, null])).not.toHaveProperty('error');
    expect(await raw.call('use', [undefined, 'c'])).toHaveProperty('error');
  });

  it('to any method does not end the server', async () => {
    const { url } = await startTestServer();
    const raw = await RawClient.connect(url);
    await raw.call('signin', credentials);
    await raw.call('use', [names.namespace, names.database]);
    const methods =
      'use let unset query live kill select create insert update upsert merge patch delete relate insert_relation run ' +
      'begin commit cancel attach detach signup signin authenticate refresh revoke version info sessions';
    const value = fc.oneof(plainValue, fc.constant(undefined), fc.string(), fc.uuid());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods.split(' ')),
        fc.array(value, { maxLength: 4 }),
        async (name, params) => {
          expect(await raw.call(name, params)).toHaveProperty('id', 'raw');
        },
      ),
      { numRuns: 400 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        expect(await raw.send(bytes)).toBeDefined();
      }),
      { numRuns: 200 },
    );
    expect(await raw.call('ping')).not.toHaveProperty('error');
  }, 20_000);

  it('of too many bytes closes its connection and no other', async () => {
    const { url } = await startTestServer({ maxMessageBytes: 10_000 });
    const other = await connectRoot(url);
    const raw = await RawClient.connect(url);
    const closed = once(raw.socket, 'close');
    raw.socket.send(new Uint8Array(20_000));
    expect((await closed)[0]).toBe(1009);
    expect(await other.query('RETURN 1')).toEqual([1]);
  });

  it('from a client that does not read gets it disconnected before memory fills up', async () => {
    const { url } = await startTestServer({ maxQueuedBytes: 2_000_000 });
    const raw = await RawClient.connect(url);
    await raw.call('signin', credentials);
    const closed = once(raw.socket, 'close');
    raw.socket.pause();
    const request = codec.encode({ id: 'x', method: 'query', params: ['RETURN string::repeat("x", 1000000)'] });
    for (let count = 0; count < 100; count += 1) raw.socket.send(request);
    const admin = await connectRoot(url);
    expect(await admin.query('RETURN 1')).toEqual([1]);
    await vi.waitFor(async () => {
      raw.socket.resume();
      expect(raw.socket.readyState).toBe(WebSocket.CLOSED);
      raw.socket.pause();
    }, 10_000);
    await closed;
    expect(raw.answers.length).toBeLessThan(100);
  });
});

describe('the JSON format', () => {
  it('is used for clients that ask for it', async () => {
    const { url } = await startTestServer();
    for (const protocol of ['json', '']) {
      const raw = await RawClient.connect(url, protocol);
      const call = (method: string, params: unknown[]) => raw.send(JSON.stringify({ id: 7, method, params }));
      expect(await call('signin', credentials)).toMatchObject({ id: 7, result: expect.any(String) });
      expect(await call('use', [names.namespace, names.database])).toMatchObject({ id: 7 });
      const made = { id: 'note:one', at: '2026-01-02T03:04:05Z', big: 9007199254740993n };
      await call('query', ['UPSERT note:one SET at = d"2026-01-02T03:04:05Z", big = 9007199254740993, took = 1h']);
      expect(await call('select', ['note:one'])).toMatchObject({
        result: { id: made.id, at: expect.stringContaining('2026-01-02T03:04:05'), big: 9007199254740992, took: '1h' },
      });
      const { result: live } = await call('live', ['note']);
      await call('update', ['note:one', { n: 1 }]);
      await vi.waitFor(
        () =>
          expect(raw.answers).toContainEqual({
            result: { action: 'UPDATE', id: live, record: 'note:one', result: { id: 'note:one', n: 1 } },
          }),
        20_000,
      );
      expect(await raw.send('{')).toMatchObject({ error: { code: -32700 } });
      raw.socket.close();
    }
  });
});

describe('a server', () => {
  it('notifies the clients of its close, frees the port, and closes once, in bounded time', async () => {
    const port = await reusablePort();
    const server = await startServer({ storage: { type: 'memory' }, root, closeTimeoutMs: 300, port });
    const reading = await RawClient.connect(server.url);
    const busy = await RawClient.connect(server.url);
    await busy.call('signin', credentials);
    busy.socket.send(codec.encode({ id: 1, method: 'query', params: ['SLEEP 1m'] }));
    const silent = connect(server.port, server.host);
    await once(silent, 'connect');
    const closed = once(reading.socket, 'close');
    expect(await eventLoopTime(() => Promise.all([server.close(), server.close()]))).toBeLessThan(3000);
    expect((await closed)[0]).toBe(1001);
    silent.destroy();
    await server.close();
    const successor = await startTestServer({ port: server.port });
    expect(successor.port).toBe(server.port);
  });

  it('leaves nothing open when its start fails', async () => {
    const server = await startTestServer();
    await expect(startTestServer({ port: server.port })).rejects.toMatchObject({ code: 'SPOOKY_DB_ADDRESS_IN_USE' });
    await expect(startTestServer({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'SPOOKY_DB_LISTEN_FAILED' });
  });

  it('can listen on another address', async () => {
    const server = await startTestServer({ host: '::1' });
    expect(server.url).toBe(`ws://[::1]:${server.port}/rpc`);
    expect(await (await connectRoot(server.url)).query('RETURN 1')).toEqual([1]);
  });
});

describe('openEngine', () => {
  it('signs in a record user, to whom permissions apply', async () => {
    const engine = await openEngine();
    onTestFinished(() => engine.close());
    await engine.use('main', 'main');
    await engine.query(`DEFINE TABLE person PERMISSIONS FULL; DEFINE TABLE secret PERMISSIONS NONE; CREATE person:ada, secret:a;
      DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNIN { RETURN type::record($person) }`);
    const ada = await engine.signIn('account', { person: 'person:ada' });
    expect(await ada.query('RETURN <string> $auth.id; THROW "no"; SELECT * FROM secret')).toEqual([
      { ok: true, result: 'person:ada' },
      { ok: false, message: expect.stringContaining('no') },
      { ok: true, result: [] },
    ]);
    await expect(engine.signIn('nowhere', {})).rejects.toMatchObject({ code: 'SPOOKY_DB_QUERY_FAILED' });
    expect(await engine.query('SELECT VALUE <string> id FROM secret')).toEqual([['secret:a']]);
  });

  it('runs SurrealQL without a server', async () => {
    const engine = await openEngine();
    await engine.use('main', 'main');
    await engine.query('DEFINE TABLE note SCHEMAFULL; DEFINE FIELD text ON note TYPE option<string>');
    const [info] = await engine.query('INFO FOR TABLE note STRUCTURE');
    expect(info).toMatchObject({ fields: [{ name: 'text', kind: 'none | string' }] });
    expect(await engine.query('RETURN $x', { x: 1 })).toEqual([1]);
    await expect(engine.query('SELECT FROM')).rejects.toMatchObject({ code: 'SPOOKY_DB_QUERY_FAILED' });
    await expect(engine.query('THROW "no"')).rejects.toThrow('An error occurred: no');
    await engine.close();
    await expect(engine.query('RETURN 1')).rejects.toThrow('The engine is closed');
  });
});
