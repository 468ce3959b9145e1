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
  readonly gateway: string;
  readonly origin: string;
  /** A connection as the owner of the database. */
  readonly owner: Link;
  close(): Promise<void>;
}

export async function startBenchStack(): Promise<BenchStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-fanout-'));
  const [databasePort, gatewayPort] = [await freePort(), await freePort()];
  const children: ChildProcess[] = [];
  const origin = `http://127.0.0.1:${gatewayPort}`;
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
  run('gateway', '--bind', `127.0.0.1:${gatewayPort}`, '--allow-origin', origin, ...config);
  run('runner', ...config);
  await until(`${origin}/spooky/ready`);
  const owner = createLink({
    ...{ url, namespace: 'main', database: 'spookify', levels: ['root'], queryTimeoutMs: 120_000 },
    ...{ username: 'root', password: String(env.SURREAL_PASS) },
  });
  await owner.open();
  return {
    gateway: origin,
    origin,
    owner,
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
