import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DIAGNOSIS_MS } from './process/lifecycle.ts';
import { createSupervisor } from './supervisor.ts';
import { temporaryRoot } from './testing/supervise.ts';
import type { ForkOptions } from './transport/fork-transport.ts';
import type { Transport, TransportListener } from './transport/transport.ts';

/**
 * The whole supervisor above the transport, with fake children and fake timers: spawns, keys, restarts, stops and close
 * in random order. The other tests use real children.
 */

/** A child that lives until the test makes it exit, even after a kill. */
class FakeChild implements Transport {
  readonly pid: number;
  readonly key: string | undefined;
  readonly processId: string;
  readonly listener: TransportListener;
  readonly waitingMessages = 0;
  alive = true;
  ready = false;
  killed = 0;
  asked = 0;
  #answer = (_activity: undefined) => {};

  constructor(pid: number, { start }: ForkOptions, listener: TransportListener) {
    this.pid = pid;
    this.key = start.key;
    this.processId = start.processId;
    this.listener = listener;
  }

  ask(): void {
    this.asked += 1;
  }
  kill(): void {
    expect(this.alive).toBe(true);
    this.killed += 1;
  }
  diagnose(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }
  send(): void {}

  answer(): void {
    this.#answer(undefined);
  }
  exit(exitCode: number): void {
    if (!this.alive) return;
    this.alive = false;
    this.listener.event({ type: 'exit', exit: { exitCode, signal: null } });
  }
}

const world = vi.hoisted(() => ({ children: [] as unknown[], groups: new Set<number>() }));
const children = world.children as FakeChild[];
const { groups } = world;

vi.mock('./transport/fork-transport.ts', () => ({
  startFork(options: ForkOptions, listener: TransportListener) {
    const child = new FakeChild(10_000 + children.length, options, listener);
    children.push(child);
    return child;
  },
}));
vi.mock('./terminate/reaper-link.ts', () => ({
  ReaperLink: class {
    add = (pid: number) => void groups.add(pid);
    remove = (pid: number) => void groups.delete(pid);
    close = async () => {};
  },
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance', 'Date'] });
});
afterEach(() => void vi.useRealTimers());

const which = fc.nat(5);
const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('spawn' as const),
      key: fc.constantFrom('a', 'a', 'b', undefined),
      replaceExisting: fc.boolean(),
      when: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom<'ready' | 'heartbeat' | 'complete' | 'fail' | 'answer'>(
        ...(['ready', 'ready', 'ready', 'heartbeat', 'complete', 'fail', 'answer'] as const),
      ),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('exit' as const), which, exitCode: fc.constantFrom(0, 1) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const), which }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1, 45, 60, 130, 700) }) },
);
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Random commands, with an optional close between them. */
const scenario = fc.record({
  commands: fc.array(command, { minLength: 5, maxLength: 40, size: 'max' }),
  /** An observer that stops every process when it enters this state. */
  stopAt: fc.option(fc.constantFrom('starting', 'running', 'stopping'), { nil: undefined, freq: 3 }),
  close: fc.option(fc.record({ after: fc.nat(40), timeoutMs: fc.constantFrom(0, 100, 5000) }), { nil: undefined }),
});

test('keeps, in any order of events, one process per key, one end per process, one settlement per spawn, and no timer', async () => {
  const root = temporaryRoot({ 'a.js': '' });
  await fc.assert(
    fc.asyncProperty(scenario, (commands) => runScenario(root, commands)),
    { numRuns: 400 },
  );
}, 60_000);

async function runScenario(root: string, { commands, close, stopAt }: Scenario): Promise<void> {
  // The supervisor of a failed run must not act in the next one.
  vi.clearAllTimers();
  children.length = 0;
  groups.clear();
  const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
  const published = new Map<string, string[]>();
  const spawns: { settled: number; outcome?: 'resolved' | 'rejected'; processId?: string }[] = [];
  supervisor.onLifecycle((event) => {
    const child = children.find(({ processId }) => processId === event.processId);
    published.set(event.processId, [...(published.get(event.processId) ?? []), event.state]);
    // A terminal state is published only after the process is gone.
    expect(event.exit !== undefined).toBe(child?.alive === false);
    if (event.state === stopAt) void supervisor.stop(event.processId);
  });

  const spawn = (given: {
    key: string | undefined;
    replaceExisting: boolean;
    when: 'never' | 'on-failure' | 'always';
  }) => {
    const spawned: (typeof spawns)[number] = { settled: 0 };
    spawns.push(spawned);
    supervisor
      .spawn({
        ...{ entry: 'dist/a.js', replaceExisting: given.replaceExisting },
        ...(given.key === undefined ? {} : { key: given.key }),
        ...{ startupTimeoutMs: 100, heartbeatTimeoutMs: 120, stopTimeoutMs: 50 },
        restart: { when: given.when, maxRestarts: 2, backoff: { initialMs: 40, maxMs: 40 } },
      })
      .then(
        ({ processId }) => Object.assign(spawned, { settled: spawned.settled + 1, outcome: 'resolved', processId }),
        () => Object.assign(spawned, { settled: spawned.settled + 1, outcome: 'rejected' }),
      );
  };

  const act = async (done: Command): Promise<void> => {
    const child = 'which' in done ? children.at(-1 - done.which) : undefined;
    switch (done.type) {
      case 'spawn':
        spawn(done);
        break;
      case 'wait':
        await vi.advanceTimersByTimeAsync(done.ms);
        break;
      case 'stop':
        if (child !== undefined) void supervisor.stop(child.processId);
        break;
      case 'answer':
        child?.answer();
        break;
      case 'exit':
        child?.exit(done.exitCode);
        break;
      case 'fail':
        if (child?.alive) child.listener.event({ type: 'fail', failure: { message: 'no' } });
        break;
      default:
        if (child?.alive) child.listener.event({ type: done.type });
        if (child?.alive && done.type === 'ready') child.ready = true;
    }
    await vi.advanceTimersByTimeAsync(0);
  };

  const check = async (): Promise<void> => {
    const living = children.filter(({ alive }) => alive);
    const keys = living.map(({ key }) => key).filter((key) => key !== undefined);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...groups].sort()).toEqual(living.map(({ pid }) => pid).sort());
    for (const { processId, alive, asked, killed } of children) {
      const states = published.get(processId) ?? [];
      expect(states.filter((state) => ENDED.has(state))).toHaveLength(alive ? 0 : 1);
      if (!alive) expect(ENDED.has(states.at(-1) ?? '')).toBe(true);
      expect(states).toEqual([...new Set(states)]);
      expect(asked).toBeLessThanOrEqual(1);
      expect(killed).toBeLessThanOrEqual(2); // a close whose timeout has passed kills a second time
    }
    for (const { settled } of spawns) expect(settled).toBeLessThanOrEqual(1);
  };

  for (const [at, done] of commands.entries()) {
    if (close?.after === at) void supervisor.close({ timeoutMs: close.timeoutMs });
    await act(done);
    await check();
  }

  // A process that was asked to end and does not end is killed.
  await vi.advanceTimersByTimeAsync(DIAGNOSIS_MS + 1000);
  await check();
  for (const { processId, alive, killed } of children) {
    if (alive && published.get(processId)?.includes('stopping')) expect(killed).toBeGreaterThan(0);
  }

  const closed = supervisor.close({ timeoutMs: 0 });
  // First the spawns that wait for their key see the close; then the killed children exit.
  for (let round = 0; round < 5; round += 1) {
    await vi.advanceTimersByTimeAsync(1);
    for (const child of children) child.exit(1);
  }
  const report = await Promise.race([closed, Promise.resolve(undefined)]);
  // An earlier close may have given up on children that did not exit.
  expect(report?.remaining).toEqual(close === undefined ? [] : expect.any(Array));
  await check();
  expect(spawns.map(({ settled }) => settled)).toEqual(spawns.map(() => 1));
  for (const { outcome, processId } of spawns) {
    if (outcome === 'resolved') expect(children.find((child) => child.processId === processId)?.ready).toBe(true);
  }
  expect(vi.getTimerCount()).toBe(0);
}

const ENDED: ReadonlySet<string> = new Set(['stopped', 'completed', 'failed', 'timed_out']);
