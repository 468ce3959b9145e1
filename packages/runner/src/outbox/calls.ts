/*
 * The calls of one backend's jobs, from a free slot to the outcome.
 *
 *   next in the queues ──▶ marked, if careful ──▶ its payload, if not fetched with it ──▶ the call ──▶ the completer
 *                                                           100 ms later: marked
 *
 * The slot is free when the call has ended. A job that runs alone keeps its slot until its outcome is written: until
 * then its row says `processing`, and the death of this runner must not count as a loss for two such jobs.
 */
import type { AttemptExecutor } from '../delivery/attempt.ts';
import type { ParsedJob } from '../job.ts';
import type { Completer, WriteEnd } from './completer.ts';
import type { Entry } from './entry.ts';
import type { Payloads } from './payloads.ts';
import type { Producer } from './producer.ts';
import { ALONE } from './queue-key.ts';
import type { Queues } from './queues.ts';

export interface CallsOptions {
  readonly attempts: AttemptExecutor;
  readonly queues: Queues<Entry>;
  readonly completer: Pick<Completer, 'complete' | 'failUnreadable' | 'mark'>;
  readonly payloads: Payloads;
  readonly producer: Pick<Producer, 'tails'>;
  /** Whether this runner may take on another job. */
  readonly mayBegin: () => boolean;
  /** Whether it is sure enough that it owns its partitions to start a call. */
  readonly mayStart: () => boolean;
  /** Drops a job from this runner. */
  readonly forget: (entry: Entry) => void;
  /** An error of the runner itself, or of the connection. */
  readonly onFault: (error: unknown) => void;
  /** A slot is free, or there is room among the unwritten outcomes. */
  readonly onFree: () => void;
}

/** The running calls of one backend. */
export interface Calls {
  /** Jobs that have a slot. */
  readonly running: ReadonlySet<Entry>;
  /** Gives free slots to waiting jobs. */
  start(): void;
  /** Marks a job's row, before or during its call. */
  mark(entry: Entry): Promise<WriteEnd>;
  /** Frees the slot that a job kept: its outcome is written, or this runner may no longer write it. */
  release(entry: Entry): void;
  abortAll(reason: 'lost' | 'shutdown'): void;
  /** Resolves when no call is running. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** A longer call is shown as `processing`. */
const MARK_AFTER_MS = 100;
const MARK_INTERVAL_MS = 50;

export function createCalls(options: CallsOptions): Calls {
  const { attempts, queues, completer, payloads, producer, mayBegin, mayStart, forget, onFault, onFree } = options;
  const running = new Set<Entry>();
  /** Jobs whose calls have ended and that still keep their slots. */
  const keepingSlots = new Set<Entry>();
  let marking: NodeJS.Timeout | undefined;
  let idle = (): void => {};

  function start(): void {
    while (mayBegin() && mayStart()) {
      const entry = queues.next();
      if (entry === undefined) return;
      running.add(entry);
      void run(entry);
    }
  }

  async function run(entry: Entry): Promise<void> {
    try {
      await deliver(entry);
    } catch (error) {
      // The job is pending and will be read again.
      forget(entry);
      onFault(error);
    }
    running.delete(entry);
    if (entry.path === ALONE && !isGone(entry)) keepingSlots.add(entry);
    else queues.done(entry);
    onFree();
    if (running.size === 0) idle();
  }

  async function deliver(entry: Entry): Promise<void> {
    entry.state = 'starting';
    const needsPayload = entry.parsed.ok && entry.job.payload === undefined;
    if (entry.isCareful) {
      const end = await mark(entry);
      if (isGone(entry)) return;
      if (end === 'refused') return failUnwritable(entry);
      if (end === 'missing') return forget(entry);
    }
    const parsed = needsPayload ? await withPayload(entry) : entry.parsed;
    if (isGone(entry)) return;
    // A process that was paused sees a pending answer before the timer that aborts its calls.
    if (!mayStart()) return forget(entry);
    entry.state = 'running';
    entry.startedAt = performance.now();
    marking ??= setInterval(markLongCalls, MARK_INTERVAL_MS);
    const outcome = await attempts.execute(parsed, entry.abortHandle, entry.fetchedAt);
    if (isGone(entry)) return;
    entry.state = 'ending';
    // Its row still says `pending`, so there is nothing to give back.
    const isUntouched = outcome.kind === 'released' && entry.mark === 'none';
    if (outcome.kind === 'lost' || isUntouched) forget(entry);
    else if (!parsed.ok && parsed.code === undefined) completer.failUnreadable(entry, parsed.reason);
    else {
      if (outcome.kind === 'retry') entry.tails = producer.tails();
      completer.complete(entry, outcome);
    }
  }

  async function withPayload({ parsed, job }: Entry): Promise<ParsedJob> {
    const loaded = await payloads.load(job.id);
    return loaded.ok ? { ...parsed, job: { ...job, payload: loaded.payload } } : { job, ...loaded };
  }

  async function mark(entry: Entry): Promise<WriteEnd> {
    entry.mark = 'writing';
    const end = await completer.mark(entry);
    entry.mark = end === 'written' ? 'written' : 'refused';
    onFree();
    return end;
  }

  /** The job may not be called without a mark, and its row accepts none. */
  function failUnwritable(entry: Entry): void {
    entry.state = 'ending';
    completer.failUnreadable(entry, 'The row does not fit its schema.');
  }

  function markLongCalls(): void {
    const before = performance.now() - MARK_AFTER_MS;
    for (const entry of running) {
      if (entry.state === 'running' && entry.mark === 'none' && entry.startedAt <= before) void mark(entry);
    }
    if (running.size === 0) stopMarking();
  }

  function stopMarking(): void {
    clearInterval(marking);
    marking = undefined;
  }

  return {
    running,
    start,
    mark,
    release(entry) {
      if (keepingSlots.delete(entry)) queues.done(entry);
    },
    abortAll(reason) {
      for (const { abortHandle } of running) abortHandle.abort(reason);
    },
    idle: () =>
      new Promise<void>((resolve) => {
        idle = resolve;
        if (running.size === 0) resolve();
      }),
    async close() {
      stopMarking();
      await attempts.close();
    },
  };
}

// A function, because the compiler does not see that other code changes the state during an `await`.
function isGone(entry: Entry): boolean {
  return entry.state === 'gone';
}
