import { tmpdir } from 'node:os';
import { createSupervisor, type LifecycleEvent } from '@spookify/supervisor';
import { expect, it, onTestFinished, vi } from 'vitest';
import { reservePorts } from '../../ports.ts';
import { startupOf } from '../plan/startup.ts';
import { createCleanups } from '../stop/cleanups.ts';
import { createFailureWatch } from './failure-watch.ts';
import { launchCommand, stopNamed } from './launch.ts';

it('cancels the restart of a process that is stopped after a crash', async () => {
  const supervisor = createSupervisor({ root: tmpdir(), scope: { type: 'operator' } });
  const events: LifecycleEvent[] = [];
  supervisor.onLifecycle((event) => void events.push(event));
  const backoff = { initialMs: 3_600_000, maxMs: 3_600_000 };
  const restart = { when: 'on-failure', backoff } as const;
  await supervisor.spawnCommand({ kind: 'backend.api.dev', command: 'false', ready: { type: 'none' }, restart });
  await vi.waitFor(() => expect(events.at(-1)?.restartInMs).toBeGreaterThan(0), { timeout: 20_000 });
  await stopNamed(supervisor, 'backend.api.dev');
  // `close` stops every process that has not ended.
  expect((await supervisor.close()).stops).toEqual([]);
});

it('ends a dev server that is not ready in time, and names the key of sp00ky.yml that gives it more time', async () => {
  const supervisor = createSupervisor({ root: tmpdir(), scope: { type: 'operator' } });
  onTestFinished(async () => void (await supervisor.close()));
  const dev = { type: 'npm', script: 'dev', workdir: tmpdir(), startupTimeout: 200 } as const;
  const run = { program: 'sh', args: ['-c', 'exec sleep 1000'], cwd: tmpdir(), env: { PATH: process.env.PATH ?? '' } };
  const watch = createFailureWatch();
  const failure = new Promise((resolve) => {
    supervisor.onLifecycle((event) => {
      const error = watch.see(event, false);
      if (error !== undefined) resolve(error);
    });
  });
  const { ready } = await launchCommand(
    { supervisor, ports: await reservePorts([]), cleanups: createCleanups() },
    {
      ...{ name: 'backend.api.dev', port: 'backend.api', command: { ...run, before: [] }, reads: [] },
      ready: { type: 'log', pattern: /never/ },
      startup: startupOf(dev, 'backends.api.dev', '/p/sp00ky.yml'),
    },
  );
  ready.catch(() => undefined);
  await expect(failure).resolves.toMatchObject({
    code: 'SPOOKY_CLI_START_FAILED',
    message: expect.stringMatching(
      /^backend\.api\.dev did not start: not ready after 200 ms; if it needs longer, raise backends\.api\.dev\.startupTimeout in sp00ky\.yml/,
    ),
  });
});
