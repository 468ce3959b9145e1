import { createServer } from 'node:net';
import { createLink, withLink } from '@spookify/surreal-link';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRelay } from '../../../surreal-link/src/testing/relay.ts';
import { startTestDatabase, type TestDatabase, TOKEN_KEY } from '../testing/database.ts';
import { ORIGIN, startTestGateway } from '../testing/test-gateway.ts';
import { createGateway } from './gateway.ts';
import type { GatewayOptions } from './options.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

function gateway({ database: changed, ...options }: Partial<GatewayOptions> = {}) {
  const { url, namespace, database: name, username, password } = database.options;
  const made = createGateway({
    database: { url, namespace, database: name, username, password, ...changed },
    tokenKey: TOKEN_KEY,
    http: {},
    origins: [ORIGIN],
    backends: [],
    project: 'test',
    ...options,
  });
  onTestFinished(() => made.stop());
  return made;
}

const failure = (code: string, message: RegExp) => ({
  name: 'GatewayStartError',
  code: `SPOOKY_GATEWAY_${code}`,
  message: expect.stringMatching(message),
});

describe('a start', () => {
  it('resolves when sockets are served, and a stop releases the port', async () => {
    const made = gateway();
    expect([made.port, made.ready]).toEqual([0, false]);
    await made.start();
    expect(made.ready).toBe(true);
    const { port } = made;
    expect(port).toBeGreaterThan(0);
    await Promise.all([made.stop(), made.stop()]);
    await made.stop();
    expect(made.ready).toBe(false);
    await gateway({ http: { port } }).start();
  });

  it('is refused after a start or a stop', async () => {
    const made = gateway();
    await made.start();
    await expect(made.start()).rejects.toMatchObject(failure('STOPPED', /create a new one/));
    expect(made.ready).toBe(true);
    const stopped = gateway();
    await stopped.stop();
    await expect(stopped.start()).rejects.toMatchObject(failure('STOPPED', /create a new one/));
  });

  it('rejects when the gateway is stopped meanwhile, also while the database is away', async () => {
    const early = gateway();
    const starting = expect(early.start()).rejects.toMatchObject(failure('STOPPED', /./));
    await early.stop();
    await starting;
    const waiting = gateway({ database: { ...database.options, url: 'ws://127.0.0.1:1' } });
    const started = expect(waiting.start()).rejects.toMatchObject(failure('STOPPED', /./));
    await expect.poll(() => waiting.port).toBeGreaterThan(0);
    const health = await fetch(`http://127.0.0.1:${waiting.port}/spooky/health`);
    const ready = await fetch(`http://127.0.0.1:${waiting.port}/spooky/ready`);
    expect([health.status, ready.status]).toEqual([200, 503]);
    await waiting.stop();
    await started;
  });

  it('fails if the database refuses the service user', async () => {
    const made = gateway({ database: { ...database.options, password: 'wrong' } });
    await expect(made.start()).rejects.toMatchObject(failure('SIGN_IN_REFUSED', /spooky db migrate/));
    expect(made.port).toBe(0);
  });

  it('fails if the port is in use', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void busy.close());
    await new Promise((resolve) => busy.once('listening', resolve));
    const { port } = busy.address() as { port: number };
    await expect(gateway({ http: { port } }).start()).rejects.toMatchObject(
      failure('CANNOT_LISTEN', /choose another address/),
    );
  });

  it("fails if the database lacks the gateway's tables", async () => {
    await withLink({ ...(await ownerOptions()), database: 'bare' }, async (owner) => {
      await owner.queryAll(`DEFINE USER gateway ON DATABASE PASSWORD '${database.options.password}' ROLES EDITOR`);
    });
    const made = gateway({ database: { ...database.options, database: 'bare' } });
    await expect(made.start()).rejects.toMatchObject(failure('NOT_INSTALLED', /run `spooky db migrate`/));
  });

  it('fails if the database has another token key', async () => {
    const made = gateway({ tokenKey: 'another-key-that-has-32-characters-or-more' });
    await expect(made.start()).rejects.toMatchObject(failure('WRONG_KEY', /give all gateways the SPOOKY_GATEWAY_KEY/));
  });
});

describe('createGateway', () => {
  it('refuses options of the wrong form', () => {
    for (const origin of ['*', 'null', 'localhost:3600', 'https://app.example/', 'https://App.example', 'ftp://x']) {
      expect(() => gateway({ origins: [origin] }), origin).toThrow('is not an origin');
    }
    expect(() => gateway({ tokenKey: 'short' })).toThrow('tokenKey');
    expect(() => gateway({ http: { port: 70_000 } })).toThrow('http.port');
    expect(() => gateway({ database: { ...database.options, url: 'nothing' } })).toThrow('url');
  });
});

describe('a restart of the database', () => {
  it('interrupts only what was running', async () => {
    const own = await startTestDatabase();
    onTestFinished(() => own.close());
    const test = await startTestGateway({ database: own });
    onTestFinished(() => test.close());
    const visitor = await test.signUp('ada');
    const socket = await test.connect(visitor);
    await own.stop();
    await expect.poll(async () => (await fetch(`${test.url}/spooky/ready`)).status).toBe(503);
    const id = { $r: ['project', 'x'] };
    const away = await socket.write({ kind: 'create', id, fields: { title: 'x' } }, 'key');
    expect(away).toMatchObject({
      type: 'refused',
      error: { code: expect.stringMatching(/DATABASE_AWAY|OUTCOME_UNKNOWN/) },
    });
    const renewal = await test.post('renew', {}, { cookie: visitor.cookie });
    expect(renewal.status).toBe(503);
    expect(await renewal.json()).toMatchObject({ code: 'SPOOKY_GATEWAY_DATABASE_AWAY' });
    await own.start();
    await expect.poll(async () => (await fetch(`${test.url}/spooky/ready`)).status, { timeout: 15_000 }).toBe(200);
    const written = await socket.write({ kind: 'create', id, fields: { title: 'x' } }, 'key');
    expect(written).toMatchObject({ type: 'written' });
  });
});

describe('a stop', () => {
  it('does not wait for a silent database, whatever is pending', async () => {
    const { relay, options, silence } = await relayed();
    const made = gateway({ database: options, limits: { changes: { schemaPollMs: 10, fullScanMs: 10 } } });
    await made.start();
    const timedOut = silence();
    // By then, a round and a schema read have started.
    const readiness = async () => (await fetch(`http://127.0.0.1:${made.port}/spooky/ready`)).status;
    await expect.poll(readiness, { timeout: 5_000 }).toBe(503);
    expect(await Promise.race([made.stop().then(() => 'stopped'), timedOut])).toBe('stopped');
    expect(made.port).toBe(0);
    relay.cut();
  });

  it('does not wait for a silent database during a start', async () => {
    const { relay, options, silence } = await relayed();
    const timedOut = silence();
    const made = gateway({ database: options });
    const starting = expect(made.start()).rejects.toMatchObject(failure('STOPPED', /./));
    await expect.poll(() => made.port).toBeGreaterThan(0);
    expect(await Promise.race([made.stop().then(() => 'stopped'), timedOut])).toBe('stopped');
    await starting;
    relay.cut();
  });
});

/** The database behind a relay. `silence` stops its answers; its promise resolves before any query of a gateway times out. */
async function relayed() {
  const relay = await startRelay(database.options.url);
  const options = { ...database.options, url: relay.url };
  const probe = createLink({ ...options, queryTimeoutMs: 8_000 });
  onTestFinished(() => probe.close());
  await probe.open();
  const silence = (): Promise<string> => {
    relay.mute();
    return probe.query('RETURN 1').then(
      () => 'the database has answered',
      () => 'a query has timed out',
    );
  };
  return { relay, options, silence };
}

/** The options of the owner's connection, which may define databases. */
async function ownerOptions() {
  const { url, namespace } = database.options;
  const root = { username: 'root', password: 'root-of-a-test', levels: ['root'], defineMissing: true } as const;
  const options = { url, namespace, database: 'app', ...root };
  const link = createLink(options);
  await link.open();
  await link.close();
  return options;
}
