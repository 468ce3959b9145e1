/**
 * A stop takes at most its grace period and two seconds, even if a peer does not answer or does not close its
 * connection.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Relay, startRelay } from '../../surreal-link/src/testing/relay.ts';
import type { Runner } from './runner.ts';
import { createFixture, eventually, type Fixture } from './testing/fixture.ts';
import { urlOf } from './testing/status-server.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

interface Silent {
  readonly relay: Relay;
  readonly runner: Runner;
  /** Ends the running call. */
  readonly answer: () => void;
  readonly warnings: string[];
}

/** A runner with one running call, whose database can be muted. Once it runs, it sends only beats. */
async function busyRunner(): Promise<Silent> {
  const relay = await startRelay(fixture.database.options.url);
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) });
  const called = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<unknown>();
  fixture.backend.answer(() => {
    called.resolve();
    return answered.promise;
  });
  await fixture.database.insert();
  const runner = await fixture.run({
    database: { ...fixture.database.options, url: relay.url },
    http: {},
    logger,
    signal: false,
    pollIntervalMs: 600_000,
  });
  await called.promise;
  // Its first requests are answered by the time of its next beat.
  const beat = async () => String(await fixture.database.query('SELECT VALUE beat FROM ONLY spooky_runner LIMIT 1'));
  const first = await beat();
  await eventually(async () => expect(await beat()).not.toBe(first));
  return { relay, runner, answer: () => answered.resolve({}), warnings };
}

/**
 * Stops it while the database is silent. A runner that waited for the database would notice after ten seconds that the
 * connection is dead, and log it.
 */
async function stopSilent({ runner, warnings, relay }: Silent): Promise<void> {
  // A request, or the answer to one: either way something waits for the database.
  await eventually(() => expect(relay.withheld).toBeGreaterThan(0));
  expect(runner.health().connected).toBe(true);
  await runner.stop({ graceMs: 0 });
  expect(runner.health()).toMatchObject({ state: 'stopped', connected: false });
  expect(warnings).not.toContain('the connection to the database is lost; connecting again');
  await expect(fetch(urlOf(runner))).rejects.toThrow();
}

test('stops while a beat is unanswered', async () => {
  const busy = await busyRunner();
  busy.relay.mute();
  await stopSilent(busy);
  await fixture.backend.calls[0]?.aborted;
});

test('stops while an outcome is unanswered', async () => {
  const busy = await busyRunner();
  busy.relay.mute();
  busy.answer();
  await eventually(() => expect(busy.runner.health().inFlight).toBe(0));
  await stopSilent(busy);
});

test('stops while a progress report is unwritten', async () => {
  const busy = await busyRunner();
  busy.relay.mute();
  const { 'x-job-progress-url': url, 'x-job-progress-token': token } = fixture.backend.calls[0]?.headers ?? {};
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(String(url), { method: 'POST', headers, body: '{"value":0.4}' })).status).toBe(204);
  await stopSilent(busy);
});

test('stops while clients of its server keep their connections open', async () => {
  const runner = await fixture.run({ http: {} });
  const { hostname: host, port } = new URL(urlOf(runner));
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(Number(port), host);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  const scraper = await open('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  const [head] = await once(scraper, 'data');
  expect(String(head)).toContain('200 OK');
  const clients = [
    scraper,
    await open(''),
    await open('GET /metrics HTTP/1.1\r\nHost'),
    await open('POST /progress/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{'),
    await open('GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n'),
  ];
  const closed = clients.map((socket) => once(socket, 'close'));
  for (const socket of clients) socket.resume();
  await runner.stop({ graceMs: 0 });
  await Promise.all(closed);
});
