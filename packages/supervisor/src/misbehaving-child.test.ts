import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { SpawnOptions } from './options.ts';
import type { LifecycleEvent } from './process/process-info.ts';
import type { Supervisor } from './supervisor-api.ts';
import { untilGroupGone } from './testing/process-group.ts';
import { groupMembers } from './testing/process-table.ts';
import { supervise, WAIT } from './testing/supervise.ts';

type Act = (process: { readonly supervisor: Supervisor; readonly event: LifecycleEvent }) => unknown;

/** One way in which a real child can misbehave: how it ends, what is published, and that no process is left. */
interface Misbehaviour {
  readonly entry: string;
  readonly options?: Partial<SpawnOptions>;
  /** The state in which `act` is called. */
  readonly when?: 'starting' | 'running';
  readonly act?: Act;
  /** The code that the spawn rejects with. Without it the spawn resolves. */
  readonly code?: string;
  /** The published states after `starting`. */
  readonly states: readonly string[];
  /** Properties of the last event. */
  readonly end: object;
}

const LOOP = 'for (;;);';
const SLEEP = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
const HOLD = 'setInterval(() => {}, 1000);';
const after = (rest: string) => `export default (p) => { p.ready(); ${HOLD} setTimeout(() => { ${rest} }); };`;
const onStop = (rest: string) => `export default (p) => { ${HOLD} p.onStop(() => { ${rest} }); p.ready(); };`;

const stop: Act = ({ supervisor, event }) => supervisor.stop(event.processId, { reason: 'enough' });
const signal =
  (name: NodeJS.Signals): Act =>
  ({ event }) =>
    process.kill(event.pid ?? 0, name);

const killedByUs = { exitCode: null, signal: 'SIGKILL', forced: true };
const endedBy = (name: string) => ({ exitCode: null, signal: name, forced: false });
const exited = (exitCode: number) => ({ exitCode, signal: null, forced: false });

const startup = { startupTimeoutMs: 400 };
const heartbeat = { heartbeatTimeoutMs: 300 };
const impatient = { stopTimeoutMs: 100 };
const lateStart = {
  ...{ options: startup, code: 'START_TIMED_OUT', states: ['stopping', 'timed_out'] },
  end: {
    exitReason: 'timed_out',
    error: expect.stringMatching(/not ready after 400 ms.*; call ready\(\), or raise startupTimeoutMs if/),
    exit: killedByUs,
  },
};
const silent = {
  ...{ options: heartbeat, states: ['running', 'stopping', 'timed_out'] },
  end: { exitReason: 'timed_out', error: expect.stringContaining('no heartbeat for 300 ms'), exit: killedByUs },
};
const deafToStop = {
  ...({ options: impatient, when: 'running', act: stop, states: ['running', 'stopping', 'stopped'] } as const),
  end: { exitReason: 'stopped', stopReason: 'enough', exit: killedByUs },
};
const crash = { states: ['running', 'failed'] };

const MISBEHAVIOURS: Record<string, Misbehaviour> = {
  'an endless loop while it is imported': { entry: LOOP, ...lateStart },
  'an endless loop before ready': { entry: `export default () => { ${LOOP} };`, ...lateStart },
  'an endless loop after ready': { entry: after(LOOP), ...silent },
  'an endless loop in onStop': { entry: onStop(LOOP), ...deafToStop },
  'Atomics.wait before ready': { entry: `export default () => { ${SLEEP} };`, ...lateStart },
  'Atomics.wait after ready': { entry: after(SLEEP), ...silent },
  'Atomics.wait in onStop': { entry: onStop(SLEEP), ...deafToStop },
  'SIGSTOP before ready': { entry: HOLD, ...lateStart, when: 'starting', act: signal('SIGSTOP') },
  'SIGSTOP after ready': { entry: after(''), ...silent, when: 'running', act: signal('SIGSTOP') },
  'SIGSTOP, then a stop': {
    ...{ entry: after(''), ...deafToStop },
    act: (process) => [signal('SIGSTOP')(process), stop(process)],
  },
  'a trapped SIGTERM': {
    entry: after(`process.on('SIGTERM', () => {}); process.kill(process.pid, 'SIGTERM'); ${LOOP}`),
    ...silent,
  },
  'no heartbeat although its event loop runs': { entry: after(''), ...silent },
  'a top-level await that never ends': { entry: 'await new Promise(() => {});', ...lateStart },
  'a stop during a loop before ready': {
    ...{ entry: LOOP, options: impatient, when: 'starting', act: stop, code: 'START_STOPPED' },
    ...{ states: ['stopping', 'stopped'], end: { exitReason: 'stopped', exit: killedByUs } },
  },
  'kill -9 before ready': {
    ...{ entry: HOLD, when: 'starting', act: signal('SIGKILL'), code: 'START_FAILED', states: ['failed'] },
    end: { exitReason: 'failed', error: 'was ended by SIGKILL before it was ready', exit: endedBy('SIGKILL') },
  },
  'kill -9 after ready': {
    ...{ entry: after(''), when: 'running', act: signal('SIGKILL'), ...crash },
    end: { exitReason: 'failed', error: 'was ended by SIGKILL', exit: endedBy('SIGKILL') },
  },
  'kill -9 while stopping': {
    entry: onStop("process.kill(process.pid, 'SIGKILL');"),
    ...{ when: 'running', act: stop, states: ['running', 'stopping', 'stopped'] },
    end: { exitReason: 'stopped', exit: endedBy('SIGKILL') },
  },
  'SIGTERM from elsewhere': {
    ...{ entry: after(''), when: 'running', act: signal('SIGTERM'), ...crash },
    end: { exitReason: 'failed', error: 'was ended by SIGTERM', exit: endedBy('SIGTERM') },
  },
  'out of memory': {
    entry: after('const all = []; for (;;) all.push(new Array(1000).fill(Math.random()));'),
    options: { env: { NODE_OPTIONS: '--max-old-space-size=24' }, heartbeatTimeoutMs: 0 },
    ...crash,
    end: {
      ...{ exitReason: 'failed', error: expect.stringContaining('ran out of its JavaScript heap') },
      exit: { ...endedBy('SIGABRT'), stderr: expect.arrayContaining([expect.stringContaining('heap')]) },
    },
  },
  'exit 0 without complete': {
    ...{ entry: after('process.exit(0);'), ...crash },
    end: { exitReason: 'failed', error: 'exited with code 0 without calling complete()', exit: exited(0) },
  },
  'a natural end without complete': {
    // Without the reference to the channel the process has nothing left to do and ends.
    ...{ entry: 'export default (p) => { p.ready(); process.channel.unref(); };', ...crash },
    end: { exitReason: 'failed', error: 'exited with code 0 without calling complete()', exit: exited(0) },
  },
  'disconnect() before ready': {
    ...{ entry: 'process.disconnect(); setInterval(() => {}, 1000);', code: 'START_FAILED', states: ['failed'] },
    end: { exitReason: 'failed', exit: endedBy('SIGKILL') },
  },
  'disconnect() after ready': {
    ...{ entry: after('process.disconnect();'), ...crash },
    end: { exitReason: 'failed', error: 'was ended by SIGKILL', exit: endedBy('SIGKILL') },
  },
  'disconnect() and a loop': {
    ...{ entry: after(`process.disconnect(); ${LOOP}`), ...silent },
  },
  'grandchildren of a child that loops': {
    entry: `import { spawn } from 'node:child_process'; ${after(
      `for (const stdio of ['ignore', 'inherit']) spawn('sh', ['-c', 'trap "" TERM HUP; sleep 1000 & wait'], { stdio }); ${LOOP}`,
    )}`,
    ...silent,
  },
  'grandchildren of a child that completes': {
    entry: `import { spawn } from 'node:child_process'; ${after("spawn('sleep', ['1000'], { stdio: 'inherit' }); p.complete();")}`,
    ...{ states: ['running', 'stopping', 'completed'], end: { exitReason: 'completed', exit: exited(0) } },
  },
  'grandchildren of a child that crashes': {
    entry: `import { spawn } from 'node:child_process'; ${after("spawn('sleep', ['1000'], { stdio: 'ignore' }); process.abort();")}`,
    ...{ ...crash, end: { exitReason: 'failed', exit: endedBy('SIGABRT') } },
  },
  'a flood on stdout that never ends': {
    entry: after("for (;;) process.stdout.write('spooky '.repeat(2000) + '\\n');"),
    ...silent,
  },
  'a flood on stderr without a newline': {
    entry: after("for (;;) process.stderr.write('x'.repeat(50_000));"),
    ...silent,
  },
};

test.each(Object.entries(MISBEHAVIOURS))('ends a misbehaving child completely: %s', async (_name, trap) => {
  const { supervisor, states, events } = supervise({
    'a.js': trap.entry,
    'next.js': 'export default (p) => p.ready();',
  });
  let acted: unknown;
  let ended: ((event: LifecycleEvent) => void) | undefined;
  const end = new Promise<LifecycleEvent>((resolve) => {
    ended = resolve;
  });
  supervisor.onLifecycle((event) => {
    if (event.state === trap.when && acted === undefined) acted = trap.act?.({ supervisor, event });
    if (event.exit !== undefined && event.entry === 'dist/a.js') {
      expect(groupMembers(event.pid ?? 0)).not.toContain(event.pid); // gone when its end is published
      ended?.(event);
    }
  });
  const identity = { kind: 'trap', key: 'k' };
  const spawning = supervisor.spawn({ entry: 'dist/a.js', ...identity, ...trap.options });
  if (trap.code === undefined) await spawning;
  else
    await expect(spawning).rejects.toMatchObject({ code: `SPOOKY_SUPERVISOR_${trap.code}`, exit: expect.anything() });

  const last = await end;
  await acted;
  expect(last).toMatchObject(trap.end);
  expect(states()).toEqual(['starting', ...trap.states]);
  await untilGroupGone(last.pid);
  await turn();
  expect(events.at(-1)).toBe(last);
  // The slot and the key are free.
  await supervisor.spawn({ entry: 'dist/next.js', ...identity });
});

/** Blocks the test process itself. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('does not time out a child when the host itself stalls', async () => {
  const { supervisor, states } = supervise({
    'a.js': 'export default (p) => { setInterval(p.heartbeat, 20); p.ready(); };',
  });
  // Long enough that a busy machine does not delay the child itself that much.
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 3500 });
  for (let stalls = 0; stalls < 2; stalls += 1) {
    const { lastHeartbeatAt: before = 0 } = (await supervisor.get(processId)) ?? {};
    stall(4500);
    await vi.waitFor(async () => {
      const { lastHeartbeatAt = 0 } = (await supervisor.get(processId)) ?? {};
      expect(lastHeartbeatAt).toBeGreaterThan(before);
    }, WAIT);
  }
  expect(states()).toEqual(['starting', 'running']);
});

test('times out a child that got stuck while the host stalled', async () => {
  const { supervisor, ended, root } = supervise({
    'a.js': `import { writeFileSync } from 'node:fs';
      export default (p) => { p.ready(); setTimeout(() => { writeFileSync(p.payload, ''); ${LOOP} }, 50); };`,
  });
  const mark = join(root, 'mark');
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs: 300, payload: mark });
  for (let stalls = 0; stalls < 1 || (stalls < 10 && !existsSync(mark)); stalls += 1) stall(900);
  expect(await ended(processId)).toMatchObject({ state: 'timed_out', exit: { activity: { type: 'running' } } });
});
