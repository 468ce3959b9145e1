import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  begin,
  DIAGNOSIS_MS,
  type Effect,
  isTerminal,
  type LifecycleInput,
  type Limits,
  type Step,
  transition,
} from './lifecycle.ts';

const ENTRY: Limits = {
  startupTimeoutMs: 100,
  startupAdvice: 'wait',
  heartbeatTimeoutMs: 200,
  stopTimeoutMs: 50,
  askOnTimeout: false,
  exitZeroCompletes: false,
};
const COMMAND: Limits = { ...ENTRY, heartbeatTimeoutMs: 0, askOnTimeout: true, exitZeroCompletes: true };

const clean = { exitCode: 0, signal: null };
const killed = { exitCode: null, signal: 'SIGKILL' } as const;

function run(limits: Limits, events: readonly LifecycleInput[]): { steps: Step[]; effects: Effect[]; last: Step } {
  let last = begin(limits);
  const steps = [last];
  for (const event of events) {
    last = transition(last.lifecycle, event, limits);
    steps.push(last);
  }
  return { steps, effects: steps.flatMap((step) => step.effects), last };
}

describe('in any order of events', () => {
  const limits = fc.record<Limits>({
    startupTimeoutMs: fc.constantFrom(0, 100),
    startupAdvice: fc.constant('wait'),
    heartbeatTimeoutMs: fc.constantFrom(0, 200),
    stopTimeoutMs: fc.constantFrom(0, 50),
    askOnTimeout: fc.boolean(),
    exitZeroCompletes: fc.boolean(),
  });
  const before = fc.oneof<fc.Arbitrary<LifecycleInput>[]>(
    fc.constantFrom<LifecycleInput>(
      { type: 'launched' },
      { type: 'ready' },
      { type: 'heartbeat' },
      { type: 'complete' },
    ),
    fc.record({
      type: fc.constantFrom('fail' as const, 'overuse' as const),
      failure: fc.record({ message: fc.string() }),
    }),
    fc.record({
      type: fc.constant('stop' as const),
      reason: fc.constantFrom('stopped' as const, 'replaced' as const, 'backend_unloaded' as const),
      now: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('timeout' as const),
      timer: fc.constantFrom('startup' as const, 'heartbeat' as const, 'deadline' as const),
    }),
    fc.record({
      type: fc.constant('diagnosed' as const),
      activity: fc.constantFrom(undefined, { type: 'running' as const, text: 'in f (dist/a.js:1:1)' }),
    }),
  );
  const exit = fc.record({
    type: fc.constant('exit' as const),
    exit: fc.constantFrom(clean, killed, { exitCode: 1, signal: null }),
  });
  const lifecycle = fc
    .tuple(fc.array(before, { maxLength: 12 }), exit, fc.array(fc.oneof(before, exit), { maxLength: 4 }))
    .map(([early, end, late]) => ({ events: [...early, end, ...late], endsAt: early.length + 1 }));

  test('ends once, when the process is gone, and then does nothing', () => {
    fc.assert(
      fc.property(limits, lifecycle, (given, { events, endsAt }) => {
        const { steps } = run(given, events);
        for (const [at, step] of steps.entries()) expect(isTerminal(step.lifecycle)).toBe(at >= endsAt);
        for (const step of steps.slice(endsAt + 1)) expect(step.effects).toEqual([]);
        expect(steps.at(-1)?.lifecycle).toEqual(steps[endsAt]?.lifecycle);
      }),
    );
  });

  test('settles the start exactly once, and resolves it only if the process was running', () => {
    fc.assert(
      fc.property(limits, lifecycle, (given, { events }) => {
        const { steps, effects } = run(given, events);
        const settled = effects.filter((effect) => effect === 'resolve-started' || effect === 'reject-started');
        const ran = steps.some((step) => step.lifecycle.state === 'running');
        expect(settled).toEqual([ran ? 'resolve-started' : 'reject-started']);
      }),
    );
  });

  test('publishes each state once, in order', () => {
    const order = ['starting', 'running', 'stopping', 'ended'];
    fc.assert(
      fc.property(limits, lifecycle, (given, { events }) => {
        const published = run(given, events)
          .steps.filter((step) => step.effects.includes('publish'))
          .map(({ lifecycle }) => order.indexOf(isTerminal(lifecycle) ? 'ended' : lifecycle.state));
        expect(published).toEqual([...new Set(published)].sort());
        expect(published.at(0)).toBe(0);
        expect(published.at(-1)).toBe(3);
      }),
    );
  });

  test('has at most one timer, that of its state, and none at the end', () => {
    const own = { starting: 'startup', running: 'heartbeat', stopping: 'deadline' } as const;
    fc.assert(
      fc.property(limits, lifecycle, (given, { events }) => {
        let armed: string | undefined;
        for (const { lifecycle, effects } of run(given, events).steps) {
          for (const effect of effects) {
            if (typeof effect === 'object') armed = effect.arm;
            else if (effect === 'disarm') armed = undefined;
          }
          expect([undefined, isTerminal(lifecycle) ? undefined : own[lifecycle.state]]).toContain(armed);
        }
      }),
    );
  });

  test('asks at most once, kills at most once, and sets `forced`', () => {
    fc.assert(
      fc.property(limits, lifecycle, (given, { events }) => {
        const { effects, last } = run(given, events);
        const kills = effects.filter((effect) => effect === 'kill').length;
        expect(kills).toBe(isTerminal(last.lifecycle) && last.lifecycle.forced ? 1 : 0);
        expect(effects.filter((effect) => effect === 'ask').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('diagnoses a late process', () => {
  const late: LifecycleInput[] = [{ type: 'ready' }, { type: 'timeout', timer: 'heartbeat' }];
  const activity = { type: 'running', text: 'in f (dist/a.js:1:1)' } as const;
  const timedOut = {
    reason: 'timed_out',
    activity,
    failure: { message: 'no heartbeat for 200 ms; it was in f (dist/a.js:1:1)' },
  };

  test('and kills an entry as soon as the diagnosis ends, with or without a result', () => {
    const { last } = run(ENTRY, [...late, { type: 'diagnosed', activity }]);
    expect(last).toMatchObject({ lifecycle: { ...timedOut, forced: true }, effects: ['disarm', 'kill'] });
    expect(run(ENTRY, [...late, { type: 'diagnosed', activity: undefined }]).last.effects).toEqual(['disarm', 'kill']);
  });

  test('and kills an entry at the deadline, after which a result changes nothing', () => {
    const { steps, last } = run(ENTRY, [
      ...late,
      { type: 'timeout', timer: 'deadline' },
      { type: 'diagnosed', activity },
    ]);
    expect(steps.at(-2)?.effects).toEqual(['disarm', 'kill']);
    expect(last.effects).toEqual([]);
    expect(last.lifecycle).not.toHaveProperty('activity');
  });

  test('and does not kill a command for it', () => {
    const { last } = run({ ...COMMAND, heartbeatTimeoutMs: 200 }, [...late, { type: 'diagnosed', activity }]);
    expect(last).toMatchObject({ lifecycle: { ...timedOut, forced: false }, effects: [] });
  });
});

describe('keeps the first cause:', () => {
  const stop = { type: 'stop', reason: 'replaced' } as const;
  const fail = { type: 'fail', failure: { message: 'no' } } as const;
  const exit = { type: 'exit', exit: clean } as const;

  test.each<[string, LifecycleInput[], object]>([
    ['complete', [{ type: 'ready' }, { type: 'complete' }, exit], { state: 'completed', reason: 'completed' }],
    ['a stop answered by complete', [stop, { type: 'complete' }, exit], { state: 'stopped', reason: 'replaced' }],
    ['a stop answered by fail', [stop, fail, exit], { state: 'stopped', failure: { message: 'no' } }],
    ['a stop after fail', [fail, stop, exit], { state: 'failed', reason: 'failed' }],
    ['a stop after a timeout', [{ type: 'timeout', timer: 'startup' }, stop, exit], { state: 'timed_out' }],
    ['exit 0 without complete', [{ type: 'ready' }, exit], { state: 'failed', reason: 'failed' }],
  ])('%s', (_name, events, expected) => {
    expect(run(ENTRY, events).last.lifecycle).toMatchObject(expected);
  });

  test('exit 0 of a command completes it, but not before it was ready', () => {
    expect(run(COMMAND, [{ type: 'ready' }, exit]).last.lifecycle).toMatchObject({ state: 'completed' });
    expect(run(COMMAND, [exit]).last.lifecycle).toMatchObject({ state: 'failed' });
  });
});

test('kills a late entry, asks a late command first, and has no watchdog while stopping', () => {
  const late = { type: 'timeout', timer: 'startup' } as const;
  expect(run(ENTRY, [late]).last.effects).toEqual([{ arm: 'deadline', ms: DIAGNOSIS_MS }, 'publish', 'diagnose']);
  expect(run(COMMAND, [late]).last.effects).toEqual([{ arm: 'deadline', ms: 50 }, 'publish', 'diagnose', 'ask']);
  const stopping: LifecycleInput[] = [{ type: 'ready' }, { type: 'stop', reason: 'stopped' }];
  expect(run(ENTRY, [...stopping, { type: 'heartbeat' }]).last.effects).toEqual([]);
  expect(run(ENTRY, [...stopping, { type: 'timeout', timer: 'heartbeat' }]).last.effects).toEqual([]);
  expect(run(ENTRY, [...stopping, { type: 'timeout', timer: 'deadline' }]).last.effects).toEqual(['disarm', 'kill']);
});
