import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ROOT } from './database.ts';

export interface KillableServer {
  readonly url: string;
  /** Sends SIGKILL. Resolves when the process is gone. Safe to call again. */
  kill(): Promise<void>;
}

/** Starts a server on a folder in another process. Resolves when it serves. */
export async function startKillableServer(path: string, port: number): Promise<KillableServer> {
  const options = { storage: { type: 'rocksdb', path }, root: ROOT, port };
  const child = fork(new URL('./server-entry.ts', import.meta.url), [JSON.stringify(options)], {
    execArgv: ['--conditions=source'],
  });
  const exited = once(child, 'exit');
  const [url] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  return {
    url: String(url),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * A free port below the range that the system assigns automatically, so that it stays free between a kill and the next
 * start.
 */
export async function reusablePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** Removed when the test ends. Call it before the server is started, so that it is removed after the server. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky-link-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
