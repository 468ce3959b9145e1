import { expect, test, vi } from 'vitest';
import { createSupervisor } from '../supervisor.ts';
import { supervise, temporaryRoot, WAIT } from '../testing/supervise.ts';

const operator = { type: 'operator' } as const;

test('returns the state and the resource usage of every process', async () => {
  const root = temporaryRoot({
    'busy.js': `export default (p) => {
      p.ready();
      p.send('one'); p.send('two');
      for (const end = Date.now() + 200; Date.now() < end || process.cpuUsage().user < 200_000;);
      setInterval(p.heartbeat, 20);
    };`,
    'never.js': 'export default () => {};',
    'broken.js': 'process.exit(3);',
  });
  const supervisor = createSupervisor({ root, scope: operator });
  const busy = await supervisor.spawn({ entry: 'dist/busy.js', kind: 'busy', userId: 'ada' });
  for (const text of ['a', 'b', 'c']) busy.send(text);
  await supervisor.spawnCommand({ kind: 'sleeper', command: 'sleep', args: ['100'] });
  await supervisor.spawn({ entry: 'dist/broken.js', kind: 'broken' }).catch(() => {});
  const never = supervisor.spawn({ entry: 'dist/never.js', kind: 'never' }).catch(() => {});
  const waits = supervisor
    .spawnCommand({ kind: 'waits', command: 'sleep', args: ['1'], dependsOn: { never: 'ready' } })
    .catch(() => {});

  const seen = await vi.waitFor(async () => {
    const snapshot = await supervisor.snapshot();
    const found = snapshot.processes.find(({ kind }) => kind === 'busy');
    expect(found?.queues).toEqual({ toProcess: 3, toHost: 2 });
    expect(found?.lastHeartbeatAt).toBeGreaterThan(found?.readyAt ?? 0);
    return snapshot;
  }, WAIT);
  const [first, second, ...others] = seen.processes;
  expect(first).toMatchObject({ kind: 'busy', userId: 'ada', state: 'running', restarts: 0, pid: busy.info.pid });
  expect(first?.uptimeMs).toBeGreaterThanOrEqual(200);
  expect(second).toMatchObject({ kind: 'sleeper', type: 'command', queues: { toProcess: 0, toHost: 0 } });
  expect(others).toMatchObject([
    { kind: 'never', state: 'starting' },
    { kind: 'waits', state: 'starting', waitingFor: ['never'], uptimeMs: 0 },
  ]);
  expect(others[1]).not.toHaveProperty('usage');
  expect(seen.ended).toMatchObject([{ kind: 'broken', state: 'failed', exit: { exitCode: 3 } }]);
  if (process.platform !== 'win32') {
    expect(first?.usage?.cpuMs).toBeGreaterThanOrEqual(150);
    expect(first?.usage?.memoryBytes).toBeGreaterThan(10_000_000);
    expect(first?.usage?.memoryBytes).toBeGreaterThan(second?.usage?.memoryBytes ?? 0);
    expect(first?.usage?.processes).toBe(1);
  }
  expect((await supervisor.snapshot({ kind: 'sleeper' })).processes).toHaveLength(1);
  expect((await supervisor.snapshot({ userId: 'bob' })).processes).toEqual([]);
  await supervisor.close();
  await Promise.all([never, waits]);
  expect((await supervisor.snapshot()).processes).toEqual([]);
});

test('emits every line of output with its process', async () => {
  const { supervisor, output, ended } = supervise({
    'a.js': "export default (p) => { console.log('out'); console.error('err'); p.ready(); p.complete(); };",
  });
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', kind: 'talker', key: 'k', userId: 'ada' });
  await ended(processId);
  const who = { processId, kind: 'talker', key: 'k', userId: 'ada', entry: 'dist/a.js' };
  expect(output).toMatchObject([
    { ...who, stream: 'stdout', line: 'out' },
    { ...who, stream: 'stderr', line: 'err' },
  ]);
});
