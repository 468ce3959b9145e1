import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { startRelay } from '../../../surreal-link/src/testing/relay.ts';
import { createGateway } from '../server/gateway.ts';
import type { GatewayOptions } from '../server/options.ts';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { probe, statusUrlOf } from '../testing/status-server.ts';
import { ORIGIN } from '../testing/test-gateway.ts';

const WAIT = { timeout: 20_000, interval: 20 };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

function gateway({ url = database.options.url, ...options }: Partial<GatewayOptions> & { url?: string } = {}) {
  const { namespace, database: name, username, password } = database.options;
  const made = createGateway({
    database: { url, namespace, database: name, username, password },
    tokenKey: TOKEN_KEY,
    http: {},
    status: {},
    origins: [ORIGIN],
    backends: [],
    project: 'test',
    ...options,
  });
  onTestFinished(() => made.stop());
  return made;
}

const READY = { status: 200, body: { ready: true, problems: [] } };

it('is healthy but not ready while the database is down, and ready again afterwards', async () => {
  const own = await startTestDatabase();
  onTestFinished(() => own.close());
  const made = gateway({ url: own.options.url });
  await made.start();
  expect(await probe(made, '/ready')).toEqual(READY);
  await own.stop();
  await vi.waitFor(async () => {
    expect(await probe(made, '/ready')).toMatchObject({ status: 503, body: { problems: [{ code: 'database_away' }] } });
  }, WAIT);
  await vi.waitFor(async () => {
    expect(await probe(made, '/health')).toEqual({
      status: 200,
      body: { status: 'ok', state: 'running', connected: false },
    });
  }, WAIT);
  await own.start();
  await vi.waitFor(async () => expect(await probe(made, '/ready')).toEqual(READY), WAIT);
});

it('is healthy but not ready before its database answers, and releases the port when it is stopped', async () => {
  const made = gateway({ url: 'ws://127.0.0.1:1/rpc' });
  const started = expect(made.start()).rejects.toMatchObject({ code: 'SPOOKY_GATEWAY_STOPPED' });
  await vi.waitFor(() => expect(made.statusUrl).toBeDefined(), WAIT);
  expect(await probe(made, '/health')).toMatchObject({ status: 200, body: { state: 'starting', connected: false } });
  expect(await probe(made, '/ready')).toMatchObject({
    status: 503,
    body: { problems: [{ code: 'not_running' }, { code: 'database_away' }] },
  });
  const url = statusUrlOf(made);
  await Promise.all([made.stop(), made.stop()]);
  await started;
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

it('answers /ready while the database is silent', async () => {
  const relay = await startRelay(database.options.url);
  onTestFinished(() => relay.cut());
  const made = gateway({ url: relay.url });
  await made.start();
  relay.mute();
  expect(await probe(made, '/ready')).toMatchObject({ status: 503, body: { problems: [{ code: 'database_away' }] } });
});

it('does not listen by default', async () => {
  const { namespace, database: name, url, username, password } = database.options;
  const made = createGateway({
    database: { url, namespace, database: name, username, password },
    ...{ tokenKey: TOKEN_KEY, http: {}, origins: [ORIGIN], backends: [], project: 'test' },
  });
  onTestFinished(() => made.stop());
  await made.start();
  expect(made.statusUrl).toBeUndefined();
});

it('serves no metrics on the port that browsers reach', async () => {
  const made = gateway();
  await made.start();
  for (const path of ['/metrics', '/spooky/metrics', '/health', '/ready']) {
    expect((await fetch(`http://127.0.0.1:${made.port}${path}`)).status, path).toBe(404);
  }
});

it('moves by ten when its port is in use', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void busy.close());
  await new Promise((resolve) => busy.once('listening', resolve));
  const address = busy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const made = gateway({ status: { port } });
  await made.start();
  const moved = Number(new URL(statusUrlOf(made)).port);
  expect(moved).toBeGreaterThan(port);
  expect((moved - port) % 10).toBe(0);
});

it('fails to start on an address of another machine, and releases its other port', async () => {
  const made = gateway({ status: { host: '192.0.2.1', port: 3655 } });
  await expect(made.start()).rejects.toMatchObject({
    name: 'GatewayStartError',
    code: 'SPOOKY_GATEWAY_CANNOT_LISTEN',
    message: expect.stringContaining(
      'status server cannot listen on 192.0.2.1:3655 (EADDRNOTAVAIL); choose another address (spooky gateway --status-bind)',
    ),
  });
  expect(made.port).toBe(0);
});

it('refuses a port that is none', () => {
  expect(() => gateway({ status: { port: 70_000 } })).toThrow('status.port');
});

it.each([
  ['GET', '/', 404, null],
  ['GET', '/healthz', 404, null],
  ['POST', '/ready', 405, 'GET, HEAD'],
])('refuses %s %s with %i', async (method, path, status, allow) => {
  const made = gateway();
  await made.start();
  const response = await fetch(statusUrlOf(made) + path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
  expect(await response.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_BAD_REQUEST' });
});
