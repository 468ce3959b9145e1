import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecordId, Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';

let mini: MiniProject;
let server: SpookyProcess;
let env: Record<string, string>;
const database = new Surreal();
/** Accepts calls and never answers. */
const backend = createServer();

beforeAll(async () => {
  mini = await miniProject();
  await once(backend.listen(0, '127.0.0.1'), 'listening');
  server = new SpookyProcess(['db', 'start', 'memory', '--bind', '127.0.0.1:0', '--json'], mini.root, SECRETS);
  const port = await vi.waitUntil(() => /"port":(\d+)/.exec(server.text)?.[1], { timeout: 60_000 });
  const url = `ws://127.0.0.1:${port}/rpc`;
  const backendPort = (backend.address() as AddressInfo).port;
  env = { ...SECRETS, SPOOKY_DATABASE_URL: url, SPOOKY_BACKEND_API_URL: `http://127.0.0.1:${backendPort}` };
  expect(await new SpookyProcess(['db', 'migrate'], mini.root, env).exited).toBe(0);
  const authentication = { username: SECRETS.SURREAL_USER, password: SECRETS.SURREAL_PASS };
  await database.connect(url, { namespace: 'main', database: 'mini', authentication });
}, 180_000);

afterAll(async () => {
  await database.close();
  await server.stop('SIGKILL');
  backend.closeAllConnections();
  backend.close();
  await mini.remove();
});

/** Starts `spooky runner` and waits until it has called the backend. */
async function busyRunner(job: string): Promise<SpookyProcess> {
  const called = once(backend, 'request');
  const runner = new SpookyProcess(['runner'], mini.root, env);
  onTestFinished(async () => void (await runner.stop('SIGKILL')));
  await database.query(`CREATE ${job} SET path = '/spookify', payload = { id: 'thread:a' }, max_retries = 0`);
  await called;
  return runner;
}

async function row(job: string): Promise<unknown> {
  const [rows] = await database.query<[unknown[]]>(`SELECT status, retries, rescues, errors FROM ${job}`);
  return rows[0];
}

it('keeps control characters of jobs out of its log', { timeout: 120_000 }, async () => {
  const runner = new SpookyProcess(['runner'], mini.root, env);
  onTestFinished(async () => void (await runner.stop('SIGKILL')));
  const id = new RecordId('job', 'a\x1b[2J\x9b2J\x7f\u202e');
  await database.query("CREATE $id SET path = '/\x9b31m\x7f', payload = {}, max_retries = 0", { id });
  await vi.waitUntil(() => runner.text.includes('job failed'), { timeout: 60_000 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not match it
  expect(runner.text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  const logged = runner.text.split('\n').find((line) => line.includes('job failed')) ?? '';
  expect(JSON.parse(logged)).toMatchObject({ job: String(id), path: '/\x9b31m\x7f', code: 'path_refused' });

  for (const command of [['list'], ['show', String(id)], ['cancel', String(id)]]) {
    const jobs = new SpookyProcess(['jobs', ...command], mini.root, env);
    await jobs.exited;
    expect(jobs.text).toContain('job:');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    expect(jobs.text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
  await database.query('DELETE $id', { id });
});

describe('a runner with a running call', () => {
  it('releases its job at the first signal without using a retry', { timeout: 120_000 }, async () => {
    const runner = await busyRunner('job:one');
    expect(await runner.stop('SIGTERM')).toBe(0);
    expect(await row('job:one')).toMatchObject({ status: 'pending', retries: 0, rescues: 0, errors: [] });
    await database.query('DELETE job:one');
  });

  it('exits immediately at the second signal and leaves its job to be rescued', { timeout: 120_000 }, async () => {
    const runner = await busyRunner('job:two');
    // Repeated, because two signals close together count as one.
    const again = setInterval(() => runner.child.kill('SIGTERM'), 50);
    onTestFinished(() => clearInterval(again));
    expect(await runner.exited).toBe(143);
    expect(await row('job:two')).toMatchObject({ status: 'processing', retries: 0, rescues: 0, errors: [] });
  });
});
