import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, signUp, test } from '../src/fixtures.ts';
import { doWork, shownWork } from '../src/sample-work.ts';
import { Stack } from '../src/stack.ts';

/**
 * Ctrl+C in a terminal reaches npm and everything below it, the stop button of an editor only npm, a service manager
 * `spooky`.
 */
const ends = [
  { title: 'Ctrl+C on npm run dev', byNpm: true, signal: 'SIGINT', to: 'group' },
  { title: 'SIGTERM to npm run dev', byNpm: true, signal: 'SIGTERM', to: 'process' },
  { title: 'SIGTERM to spooky dev', byNpm: false, signal: 'SIGTERM', to: 'process' },
] as const;

for (const { title, byNpm, signal, to } of ends) {
  test(`ends everything on ${title}, and has the data at the next start`, async ({ page }) => {
    const folder = await mkdtemp(join(tmpdir(), 'spookify-e2e-data-'));
    try {
      const first = await Stack.start({ data: join(folder, 'db'), byNpm });
      const person = await signUp(page, first.urls.web, 'lazarus');
      await doWork(page);
      const before = await shownWork(page);

      const pids = [first.pid, ...first.processIds()];
      const exitCode = await first.stop(signal, to);
      expect(first.saidStopped).toBe(true);
      // When npm is interrupted, it ends by the signal; only `spooky` itself exits with a code.
      if (!byNpm) expect(exitCode).toBe(0);
      for (const pid of pids) expect(isAlive(pid), `process ${pid}`).toBe(false);
      for (const url of Object.values(first.urls)) expect(await answers(url), url).toBe(false);

      const second = await Stack.start({ data: join(folder, 'db') });
      try {
        await page.goto(second.urls.web);
        await page.getByLabel('Username').fill(person.username);
        await page.getByLabel('Password').fill(person.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'Sign out' }).waitFor();
        expect(await shownWork(page)).toBe(before);
      } finally {
        await second.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
