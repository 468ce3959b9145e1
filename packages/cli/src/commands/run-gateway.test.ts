import { Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';

vi.setConfig({ testTimeout: 120_000 });

const PAGE = 'http://localhost:3600';
let mini: MiniProject;
let server: SpookyProcess;
let env: Record<string, string>;
const database = new Surreal();

beforeAll(async () => {
  mini = await miniProject();
  const start = ['db', 'start', 'memory', '--bind', '127.0.0.1:0', '--service-only', '--json'];
  server = new SpookyProcess(start, mini.root, SECRETS);
  const port = await vi.waitUntil(() => /"port":(\d+)/.exec(server.text)?.[1], { timeout: 60_000 });
  const url = `ws://127.0.0.1:${port}/rpc`;
  // The backend's token is missing, because only a runner calls the backend.
  const { API_AUTH_TOKEN: _token, ...secrets } = SECRETS;
  env = { ...secrets, SPOOKY_DATABASE_URL: url };
  expect(await new SpookyProcess(['db', 'migrate'], mini.root, env).exited).toBe(0);
  const authentication = { username: SECRETS.SURREAL_USER, password: SECRETS.SURREAL_PASS };
  await database.connect(url, { namespace: 'main', database: 'mini', authentication });
}, 180_000);

afterAll(async () => {
  await database.close();
  await server.stop('SIGKILL');
  await mini.remove();
});

function gateway(args: readonly string[], given: Record<string, string> = {}): SpookyProcess {
  const spooky = new SpookyProcess(
    ['gateway', '--bind', '127.0.0.1:0', '--status-bind', '127.0.0.1:0', '--json', ...args],
    mini.root,
    {
      ...env,
      ...given,
    },
  );
  onTestFinished(async () => void (await spooky.stop('SIGKILL')));
  return spooky;
}

async function portOf(spooky: SpookyProcess): Promise<number> {
  return Number(await vi.waitUntil(() => /"port":(\d+)/.exec(spooky.text)?.[1], { timeout: 60_000 }));
}

function post(port: number, route: string, body: object, origin = PAGE): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/spooky/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify(body),
  });
}

describe('spooky gateway', () => {
  it('lets a page of an allowed origin sign up and stops at a signal', async () => {
    const spooky = gateway(['--allow-origin', PAGE]);
    const port = await portOf(spooky);
    const variables = { username: 'ada', password: 'a long enough one' };
    const answer = await post(port, 'sign-up', { access: 'account', variables });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    expect((await post(port, 'sign-out', {}, 'http://evil.example.com')).status).toBe(403);
    const [users] = await database.query<[string[]]>('SELECT VALUE username FROM user');
    expect(users).toEqual(['ada']);
    expect(await spooky.stop('SIGTERM')).toBe(0);
  });

  it('serves metrics on the address of --status-bind only, and nowhere with off', async () => {
    const spooky = gateway(['--allow-origin', PAGE]);
    const port = await portOf(spooky);
    const url = /"url":"(http:[^"]+)"/.exec(spooky.text)?.[1];
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nspooky_gateway_database_connected 1\n');
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
    const silent = gateway(['--allow-origin', PAGE, '--status-bind', 'off']);
    await portOf(silent);
    expect(spooky.text).toContain('listens for probes and scrapes');
    expect(silent.text).not.toContain('listens for probes and scrapes');
  });

  it('shares a database with another gateway and reads its origins from the environment', async () => {
    const origins = { SPOOKY_ORIGINS: `https://app.example.com, ${PAGE}` };
    const both = [gateway([], origins), gateway([], origins)];
    for (const port of await Promise.all(both.map(portOf))) expect((await post(port, 'sign-out', {})).status).toBe(200);
    expect(await Promise.all(both.map((one) => one.stop('SIGINT')))).toEqual([0, 0]);
  });

  it.each([
    ['a missing key', { SPOOKY_GATEWAY_KEY: '' }, 'SPOOKY_GATEWAY_KEY is not set'],
    ['a key that is too short', { SPOOKY_GATEWAY_KEY: 'short' }, 'SPOOKY_GATEWAY_KEY has the wrong form'],
    ['a missing password', { SPOOKY_GATEWAY_PASSWORD: '' }, 'SPOOKY_GATEWAY_PASSWORD is not set'],
    ['an invalid origin', { SPOOKY_ORIGINS: 'app.example.com' }, 'app.example.com is not an origin'],
  ])('exits with a remedy for %s', async (_what, given, message) => {
    const spooky = gateway([], given);
    expect(await spooky.exited).toBe(1);
    expect(spooky.text).toContain(message);
  });
});
