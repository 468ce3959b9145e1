/** Needs the built package: the supervisor starts entries from `dist`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSupervisor, type LifecycleEvent } from '@spookify/supervisor';
import { Surreal } from 'surrealdb';
import { expect, it, onTestFinished, vi } from 'vitest';
import { reserveFreePorts } from '../ports.ts';
import type { DatabasePayload } from './database.ts';

const root = { username: 'root', password: 'owner-of-the-test' };
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A statement of 10⁹ steps, which blocks the engine while the event loop of the process still runs. */
const CLOSURE_BOMB =
  'RETURN array::range(0, 1000).map(|$a| array::range(0, 1000).map(|$b| array::range(0, 1000).map(|$c| $a + $b + $c)))';

it('is restarted by its supervisor when a query blocks its engine', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-frozen-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const supervisor = createSupervisor({ root: PACKAGE_ROOT, scope: { type: 'operator' } });
  onTestFinished(async () => void (await supervisor.close()));
  const events: LifecycleEvent[] = [];
  supervisor.onLifecycle((event) => void events.push(event));
  const reserved = await reserveFreePorts([{ name: 'database', host: '127.0.0.1', port: 0 }]);
  const port = reserved.ports.get('database') ?? 0;
  await reserved.releaseAll();
  const payload: DatabasePayload = {
    storage: { type: 'rocksdb', path: path.join(folder, 'data') },
    host: '127.0.0.1',
    port,
    root,
  };
  await supervisor.spawn({
    ...{ entry: 'dist/processes/database.js', kind: 'database', key: 'database', payload },
    startupTimeoutMs: 60_000,
    // Longer than a busy machine keeps a healthy engine from answering; the closure runs for minutes.
    heartbeatTimeoutMs: 8000,
    restart: { when: 'always', backoff: { initialMs: 1, maxMs: 1 } },
  });
  await withOwner(payload.port, (database) => database.query('CREATE note:1'));
  const frozen = withOwner(payload.port, (database) => database.query(CLOSURE_BOMB)).catch(() => 'ended');
  await vi.waitFor(() => expect(events.map(({ state }) => state)).toContain('timed_out'), { timeout: 60_000 });
  await vi.waitFor(() => expect(events.at(-1)?.state).toBe('running'), { timeout: 60_000 });
  expect(await frozen).toBe('ended');
  expect(await withOwner(payload.port, (database) => database.query('SELECT VALUE id FROM note'))).toHaveLength(1);
});

async function withOwner<T>(port: number, work: (database: Surreal) => PromiseLike<T>): Promise<T> {
  const database = new Surreal();
  try {
    await database.connect(`ws://127.0.0.1:${port}/rpc`, {
      ...{ namespace: 'main', database: 'test', authentication: root },
      reconnect: false,
    });
    return await work(database);
  } finally {
    await database.close();
  }
}
