import { expect, test, vi } from 'vitest';
import type { SpawnOptions } from './options.ts';
import { createSupervisor } from './supervisor.ts';
import { supervise, WAIT } from './testing/supervise.ts';

const READY = 'export default (p) => { p.ready(); };';
const entry = 'dist/a.js';
const code = 'SPOOKY_SUPERVISOR_INVALID_OPTION';

test.each<[string, unknown]>([
  ['options', undefined],
  ['options', [entry]],
  ['kind', { entry, kind: 1 }],
  ['key', { entry, key: '' }],
  ['metadata', { entry, metadata: [1] }],
  ['userId', { entry, userId: '' }],
  ['replaceExisting', { entry, replaceExisting: 'yes' }],
  ['startupTimeoutMs', { entry, startupTimeoutMs: '5' }],
  ['restart', { entry, restart: 'always' }],
  ['restart.when', { entry, restart: { when: 'sometimes' } }],
  ['dependsOn', { entry, dependsOn: ['a'] }],
  ['env', { entry, env: { PORT: 1 } }],
  ['env', { entry, env: ['A=1'] }],
  ['permissions', { entry, permissions: 'none' }],
  ['permissions.read', { entry, permissions: { read: '/' } }],
  ['command', { kind: 'c', command: 1 }],
  ['args', { kind: 'c', command: 'true', args: '-v' }],
  ['args', { kind: 'c', command: 'true', args: [1] }],
  ['cwd', { kind: 'c', command: 'true', cwd: 1 }],
  ['ready.type', { kind: 'c', command: 'true', ready: { type: 'soon' } }],
  ['ready.pattern', { kind: 'c', command: 'true', ready: { type: 'log', pattern: 'up' } }],
])('names the wrong option of an untyped caller: %s', async (name, options) => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  const isCommand = typeof options === 'object' && options !== null && 'command' in options;
  const spawning = isCommand ? supervisor.spawnCommand(options as never) : supervisor.spawn(options as never);
  await expect(spawning).rejects.toMatchObject({ code, message: expect.stringContaining(name) });
  expect(events).toEqual([]);
});

test.each([[undefined], [{ entry }], [[undefined]], [[{ entry }, 'text']]])('refuses spawnAll of %j', async (list) => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  await expect(supervisor.spawnAll(list as never)).rejects.toMatchObject({ code });
  expect(events).toEqual([]);
});

test.each([[undefined], [{ type: 'admin' }], [{ type: 'user' }]])('refuses a wrong scope: %j', (scope) => {
  expect(() => createSupervisor({ root: '/', scope: scope as never })).toThrow(expect.objectContaining({ code }));
});

test('has the default timeouts of seed 003', async () => {
  const { supervisor, ended } = supervise({ 'a.js': READY });
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const handle = await supervisor.spawn({ entry });
  const budgets = timers.mock.calls.map(([, ms]) => ms).filter((ms) => ms === 15_000);
  timers.mockRestore();
  expect(budgets).toHaveLength(2); // one for the startup, one for the first heartbeat
  expect(handle).toMatchObject({ entry, kind: entry, key: undefined, info: { kind: entry, state: 'running' } });
  process.kill(handle.info.pid ?? 0, 'SIGKILL');
  expect(await ended(handle.processId)).not.toHaveProperty('restartInMs');
});

test('replaces, with replaceExisting and no key, the processes of the kind that have no key', async () => {
  const { supervisor } = supervise({ 'a.js': 'export default (p) => { p.ready(); setInterval(p.heartbeat, 1000); };' });
  const spawn = async (options: Partial<SpawnOptions>) =>
    (await supervisor.spawn({ entry, kind: 'k', ...options })).processId;
  const replaced = await Promise.all([spawn({}), spawn({})]);
  const kept = await Promise.all([spawn({ key: 'x' }), spawn({ userId: 'ada' }), spawn({ kind: 'other' })]);
  const [first, last] = await Promise.allSettled([spawn({ replaceExisting: true }), spawn({ replaceExisting: true })]);
  expect(first).toMatchObject({ reason: { code: 'SPOOKY_SUPERVISOR_START_REPLACED' } });
  for (const id of replaced) expect(await supervisor.get(id)).toMatchObject({ exitReason: 'replaced' });
  const living = (await supervisor.list({ state: 'running' })).map(({ processId }) => processId);
  expect(living).toEqual([...kept, last?.status === 'fulfilled' ? last.value : 'none']);
});

test('restarts with the options as they were at the spawn', async () => {
  const { supervisor, output } = supervise();
  const args = ['-c', 'echo $WHO; exit 1'];
  const env = { WHO: 'first', PATH: process.env.PATH ?? '' };
  const restart = { when: 'on-failure', maxRestarts: 1, backoff: { initialMs: 1, maxMs: 1 } } as const;
  const spawning = supervisor.spawnCommand({ kind: 'c', command: 'sh', args, env, restart });
  env.WHO = 'second';
  args[1] = 'echo third';
  await spawning.catch(() => {});
  await vi.waitFor(() => expect(output.map(({ line }) => line)).toEqual(['first', 'first']), WAIT);
});
