import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createLink, type Link } from '@spookify/surreal-link';
import { freePort } from '../../free-port.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const SPOOKY = path.join(ROOT, 'packages/cli/bin/spooky.js');

/** Database, gateway, runner and a backend that does nothing, each in a separate process, as in production. */
export interface BenchStack {
  /** The first gateway. */
  readonly gateway: string;
  readonly gateways: readonly string[];
  readonly origin: string;
  /** The resident memory of all gateways, in bytes. */
  memory(): Promise<number>;
  /** A connection as the owner of the database. */
  readonly owner: Link;
  close(): Promise<void>;
}

/** @param count the number of gateways */
export async function startBenchStack(count = 1): Promise<BenchStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-fanout-'));
  const databasePort = await freePort();
  const ports: { readonly port: number; readonly status: number }[] = [];
  while (ports.length < count) ports.push({ port: await freePort(), status: await freePort() });
  const gateways = ports.map(({ port }) => `http://127.0.0.1:${port}`);
  const [origin = ''] = gateways;
  const children: ChildProcess[] = [];
  const secret = (): string => randomBytes(24).toString('base64url');
  const url = `ws://127.0.0.1:${databasePort}/rpc`;
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    SURREAL_USER: 'root',
    SURREAL_PASS: secret(),
    API_AUTH_TOKEN: secret(),
    SPOOKY_RUNNER_PASSWORD: secret(),
    SPOOKY_API_PASSWORD: secret(),
    SPOOKY_GATEWAY_PASSWORD: secret(),
    SPOOKY_GATEWAY_KEY: secret() + secret(),
    SPOOKY_DATABASE_URL: url,
    SPOOKY_RUNNER_PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const config = ['--config', path.join(ROOT, 'sp00ky.external.yml')];
  const run = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [SPOOKY, ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => console.error(line));
    children.push(child);
    return child;
  };

  run('db', 'start', `rocksdb:${path.join(folder, 'db')}`, '--bind', `127.0.0.1:${databasePort}`, '--service-only');
  await until(`http://127.0.0.1:${databasePort}/health`);
  const [code] = await once(run('db', 'migrate', ...config), 'exit');
  if (code !== 0) throw new Error('the schema was not applied');
  const backend = fork(path.join(import.meta.dirname, 'backend.ts'));
  children.push(backend);
  const [address] = await once(backend, 'message');
  env.SPOOKY_BACKEND_API_URL = String(address);
  for (const { port, status } of ports) {
    const binds = ['--bind', `127.0.0.1:${port}`, '--status-bind', `127.0.0.1:${status}`];
    run('gateway', ...binds, '--allow-origin', origin, ...config);
  }
  run('runner', ...config);
  for (const gateway of gateways) await until(`${gateway}/spooky/ready`);
  const owner = createLink({
    ...{ url, namespace: 'main', database: 'spookify', levels: ['root'], queryTimeoutMs: 120_000 },
    ...{ username: 'root', password: String(env.SURREAL_PASS) },
  });
  await owner.open();
  return {
    gateway: origin,
    gateways,
    origin,
    owner,
    async memory() {
      const pages = await Promise.all(
        ports.map(async ({ status }) => (await fetch(`http://127.0.0.1:${status}/metrics`)).text()),
      );
      return pages.reduce((sum, page) => sum + Number(/^process_resident_memory_bytes (\S+)$/m.exec(page)?.[1]), 0);
    },
    async close() {
      await owner.close();
      for (const child of children.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function until(url: string): Promise<void> {
  for (;;) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
