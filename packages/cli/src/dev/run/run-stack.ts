import type { Failure } from '../../output/failure.ts';
import { asFailure } from '../../output/failure.ts';
import { exitCodeOf, onStopSignals } from '../../signals.ts';
import { type Baseline, followEdits } from '../edits/live-edits.ts';
import { announceInstance } from '../instance.ts';
import type { DevOptions } from '../options.ts';
import { DATABASE, displayName } from '../plan/plan.ts';
import { stopInOrder, stopOrder } from '../stop/stop-order.ts';
import { createFailureWatch } from './failure-watch.ts';
import { createListenWatch } from './listen-watch.ts';
import { createOutputRelay } from './output-relay.ts';
import { type Stack, urlsOf } from './stack.ts';
import { startStack } from './start-stack.ts';
import { summaryOf } from './summary.ts';

type Phase = 'starting' | 'up' | 'ending';

/** The interval at which the processes that the start or stop waits for are printed. */
const LATE_MS = 3000;

/** Starts the stack, applies edits, and stops it after a signal or a failure. Returns the exit code. */
export async function runStack(first: Stack, baseline: Baseline, options: DevOptions): Promise<number> {
  const { supervisor, reporter } = first;
  const failures = createFailureWatch();
  const end = Promise.withResolvers<void>();
  let stack = first;
  let phase: Phase = 'starting';
  let exitCode = 0;
  let withdraw = async () => {};
  let stopFollowing = () => {};
  const listenWatch = createListenWatch(reporter, () => stack.plan);

  const fail = (error: unknown) => {
    if (phase === 'ending') return;
    exitCode = 1;
    const failure: Failure = asFailure(error);
    reporter.failure(failure);
    end.resolve();
  };
  const relay = createOutputRelay(reporter, options.output.isBehind);
  supervisor.onOutput(relay.see);
  supervisor.onLifecycle((event) => {
    if (phase === 'ending') return reporter.process(event, true);
    listenWatch.see(event);
    const failure = failures.see(event, phase === 'up');
    const { restartInMs, ...last } = event;
    reporter.process(failure === undefined ? event : last, false);
    if (failure !== undefined) fail(failure);
    // A restarted database in memory is empty. One on disk has its schema.
    const isBack = event.kind === DATABASE && event.state === 'running' && event.restarts > 0;
    if (isBack && stack.plan.database?.storage.type === 'memory') {
      import('./schema-step.ts').then(({ applySchema }) => applySchema(stack)).catch(fail);
    }
  });
  // Never removed: another Ctrl+C right before the exit must not change the exit code.
  onStopSignals({
    first(signal) {
      const names = stopOrder(stack.plan).flat().join(', ');
      const how = signal === 'SIGINT' ? 'Ctrl+C' : signal;
      reporter.note('info', `${how}: stopping ${names}; repeat it to exit immediately`);
      end.resolve();
    },
    again(signal) {
      exitCode = exitCodeOf(signal);
      phase = 'ending';
      void supervisor.close({ timeoutMs: 0 });
    },
  });
  void options.output.lost.then(end.resolve);
  const stopWaitingNotes = reportWaiting(first, () => phase);

  const announce = async () => {
    withdraw = await announceInstance(stack.project.config, { pid: process.pid, urls: urlsOf(stack) });
  };
  const start = async () => {
    await startStack(first);
    if (phase !== 'starting' || exitCode !== 0) return;
    phase = 'up';
    await announce();
    reporter.ready({ ...summaryOf(first), elapsedMs: Math.round(performance.now()) });
    stopFollowing = followEdits(first, baseline, options, async (next) => {
      stack = next;
      await announce();
    });
  };
  void start().catch(fail);
  await end.promise;
  phase = 'ending';
  listenWatch.close();
  stopFollowing();
  await stopInOrder(supervisor, stack.plan);
  await supervisor.close();
  await stack.cleanups.releaseAll();
  await withdraw();
  await stack.ports.releaseAll();
  stopWaitingNotes();
  relay.close();
  reporter.stopped();
  return exitCode;
}

/** Prints which processes the start or stop waits for. Returns a function that ends this. */
function reportWaiting({ supervisor, reporter }: Stack, phase: () => Phase): () => void {
  const say = async () => {
    const now = phase();
    if (now === 'up') return;
    const state = now === 'ending' ? 'stopping' : now;
    const names = (await supervisor.list({ state })).map(({ kind }) => displayName(kind)).join(', ');
    if (names !== '') reporter.note('info', `waiting for ${names}`);
  };
  const timer = setInterval(() => void say(), LATE_MS);
  return () => clearInterval(timer);
}
