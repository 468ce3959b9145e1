import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRunner } from '../runner.ts';
import { createFixture, eventually, type Fixture } from '../testing/fixture.ts';
import { probe, urlOf } from '../testing/status-server.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture('own process');
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

test('is not ready but healthy while the database is down', async () => {
  const runner = await fixture.run({ http: {}, pollIntervalMs: 100 });
  await eventually(async () => {
    expect(await probe(runner, '/ready')).toEqual({
      status: 200,
      body: { ready: true, problems: [], backends: { api: { ready: true, problems: [] } } },
    });
  });
  await fixture.database.stop();
  await eventually(async () => {
    expect(await probe(runner, '/ready')).toMatchObject({
      status: 503,
      body: { ready: false, problems: [{ code: 'database_away' }], backends: { api: { ready: false } } },
    });
  });
  expect(await probe(runner, '/health')).toMatchObject({ status: 200, body: { status: 'ok', connected: false } });
  await fixture.database.start();
  await eventually(async () => expect((await probe(runner, '/ready')).status).toBe(200));
});

test('reports overdue fetches in /ready when the database stops answering', async () => {
  const runner = await fixture.run({ http: {}, pollIntervalMs: 100 });
  await eventually(async () => expect((await probe(runner, '/ready')).status).toBe(200));
  fixture.database.pause();
  try {
    await eventually(async () => {
      expect(await probe(runner, '/ready')).toMatchObject({
        status: 503,
        body: { problems: [], backends: { api: { ready: false, problems: [{ code: 'fetches_overdue' }] } } },
      });
    });
    expect((await probe(runner, '/health')).status).toBe(200);
  } finally {
    // The following tests need it.
    fixture.database.resume();
  }
  await eventually(async () => expect((await probe(runner, '/ready')).status).toBe(200));
});

test('names the backend whose jobs the database refuses in /ready', async () => {
  const { options } = fixture.backend;
  const runner = await fixture.run({
    http: {},
    backends: [options, { ...options, name: 'mail', table: 'no_such_table' }],
  });
  await eventually(async () => {
    expect(await probe(runner, '/ready')).toMatchObject({
      status: 503,
      body: {
        problems: [],
        backends: { api: { ready: true }, mail: { ready: false, problems: [{ code: 'fetches_refused' }] } },
      },
    });
  });
});

test('is alive but not ready before its database exists, and stops', async () => {
  const runner = createRunner({
    database: { ...fixture.database.options, url: 'ws://127.0.0.1:1/rpc' },
    backends: [fixture.backend.options],
    http: {},
  });
  const started = runner.start();
  await eventually(() => expect(runner.url).toBeDefined());
  expect((await probe(runner, '/health')).status).toBe(200);
  expect(await probe(runner, '/ready')).toMatchObject({
    status: 503,
    body: { problems: [{ code: 'not_running' }, { code: 'database_away' }] },
  });
  const url = urlOf(runner);
  await Promise.all([expect(started).rejects.toMatchObject({ code: 'SPOOKY_RUNNER_STOPPED' }), runner.stop()]);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test('does not listen by default', async () => {
  expect((await fixture.run()).url).toBeUndefined();
});

test('moves by ten when its port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const runner = await fixture.run({ http: { port } });
  const moved = Number(new URL(urlOf(runner)).port);
  expect(moved).toBeGreaterThan(port);
  expect((moved - port) % 10).toBe(0);
  await new Promise((resolve) => other.close(resolve));
});

test('rejects an address of another machine, and says what to do', async () => {
  const runner = createRunner({
    database: fixture.database.options,
    backends: [fixture.backend.options],
    http: { host: '192.0.2.1', port: 3667 },
  });
  await expect(runner.start()).rejects.toMatchObject({
    code: 'SPOOKY_RUNNER_CANNOT_LISTEN',
    message: expect.stringContaining('cannot listen on 192.0.2.1:3667 (EADDRNOTAVAIL); set runner.host or runner.port'),
  });
  await runner.stop();
});

test.each([
  ['GET', '/', 404, 'SPOOKY_RUNNER_NO_SUCH_ROUTE'],
  ['GET', '/healthz', 404, 'SPOOKY_RUNNER_NO_SUCH_ROUTE'],
  ['POST', '/ready', 405, 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED'],
  ['GET', '/progress/1', 405, 'SPOOKY_RUNNER_METHOD_NOT_ALLOWED'],
])('refuses %s %s with %i', async (method, path, status, code) => {
  const runner = await fixture.run({ http: {} });
  const response = await fetch(urlOf(runner) + path, { method });
  expect([response.status, await response.json()]).toMatchObject([status, { code }]);
});
