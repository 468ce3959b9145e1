import { tmpdir } from 'node:os';
import { createSupervisor, type LifecycleEvent } from '@spookify/supervisor';
import { expect, it, vi } from 'vitest';
import { stopNamed } from './launch.ts';

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
