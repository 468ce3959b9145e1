import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { SupervisorLimits } from '../limits.ts';
import type { Scope } from '../options.ts';
import type { LifecycleEvent, OutputEvent } from '../process/process-info.ts';
import { createSupervisor } from '../supervisor.ts';
import type { Supervisor } from '../supervisor-api.ts';
import { isAlive } from './process-table.ts';

/** A temporary folder with these files under `dist/`. Removed after the test. */
export function temporaryRoot(files: Record<string, string> = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'spookify-supervisor-')));
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  for (const [name, source] of Object.entries(files)) writeFileSync(join(root, 'dist', name), source);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** A supervisor on a temporary folder, with a record of its events. Closed after the test. */
export function supervise(
  files: Record<string, string> = {},
  scope: Scope = { type: 'operator' },
  limits: SupervisorLimits = {},
) {
  const root = temporaryRoot(files);
  const supervisor: Supervisor = createSupervisor({ root, scope, limits });
  onTestFinished(async () => {
    await supervisor.close({ timeoutMs: 0 });
  });
  const events: LifecycleEvent[] = [];
  const output: OutputEvent[] = [];
  const messages: unknown[] = [];
  supervisor.onLifecycle((event) => void events.push(event));
  supervisor.onOutput((event) => void output.push(event));
  supervisor.onMessage((event) => void messages.push(event.payload));
  return {
    ...{ root, supervisor, events, output, messages },
    states: (processId?: string) =>
      events.filter((event) => processId === undefined || event.processId === processId).map(({ state }) => state),
    /** Waits for the terminal event of a process. */
    ended: (processId: string): Promise<LifecycleEvent> =>
      vi.waitFor(() => {
        const found = events.find((event) => event.processId === processId && event.exit !== undefined);
        if (found === undefined) throw new Error(`${processId} has not ended`);
        return found;
      }, WAIT),
  };
}

export const WAIT = { timeout: 20_000, interval: 10 };

export async function untilGone(...pids: number[]): Promise<void> {
  await vi.waitFor(() => {
    const left = pids.filter(isAlive);
    if (left.length > 0) throw new Error(`still alive: ${left.join(', ')}`);
  }, WAIT);
}
