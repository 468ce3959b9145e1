import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, signUp, test } from '../src/fixtures.ts';
import { freePort } from '../src/free-port.ts';
import { doWork } from '../src/sample-work.ts';
import { Stack } from '../src/stack.ts';

const SPOOKY = fileURLToPath(new URL('../../packages/cli/bin/spooky.js', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../sp00ky.external.yml', import.meta.url));

/** `spooky db start` replaces `surreal start`: a separate server that the stack neither starts nor stops. */
test('runs the same stack on an external database server', async ({ page }) => {
  const port = await freePort();
  const owner = { SURREAL_USER: 'owner', SURREAL_PASS: 'the owner of another server' };
  const folder = await mkdtemp(join(tmpdir(), 'spookify-e2e-'));
  const start = async (...flags: string[]): Promise<ChildProcess> => {
    const storage = `rocksdb:${join(folder, 'db')}`;
    const started = spawn(process.execPath, [SPOOKY, 'db', 'start', storage, '--bind', `127.0.0.1:${port}`, ...flags], {
      env: { PATH: process.env.PATH, ...owner },
      stdio: 'ignore',
    });
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${port}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true);
    return started;
  };
  const database = await start('--service-only');
  try {
    const stack = await Stack.start({
      config: CONFIG,
      env: { ...owner, SPOOKY_DATABASE_URL: `ws://127.0.0.1:${port}/rpc` },
    });
    try {
      expect(stack.urls.database).toBe(`ws://127.0.0.1:${port}/rpc`);
      await signUp(page, stack.urls.web, 'emily');
      await doWork(page);
    } finally {
      await stack.stop();
    }
    expect(database.exitCode).toBe(null);
  } finally {
    await stopDatabase(database);
    await rm(folder, { recursive: true, force: true });
  }
});

async function stopDatabase(database: ChildProcess): Promise<void> {
  if (database.exitCode !== null) return;
  const exited = once(database, 'exit');
  database.kill();
  await exited;
}
