/*
 * Writes outcomes, as many as have come together in one statement of their kind.
 *
 *   queued ──flush──▶ sent ──written──▶ done
 *     ▲                │
 *     └─database away──┤
 *                      └──refused──▶ sent alone ──refused──▶ failed, with that as its reason
 *
 * While the database is away outcomes wait, and their leases are kept. One whose lease is lost meanwhile is dropped:
 * the job is rescued and delivered again under the same idempotency key.
 */
import { type Connection, isAway } from './connection.ts';
import { attemptOf, type Job } from './job.ts';
import type { Leases } from './lease.ts';
import type { Logger } from './logger.ts';
import type { Outcome } from './outcome.ts';
import { FAIL, RELEASE, RETRY, SUCCEED } from './statements.ts';
import { milliseconds } from './sweep.ts';

/** An outcome that is written; a lost job has none. */
type Written = Exclude<Outcome, { kind: 'lost' }>;

interface Finished {
  readonly job: Job;
  readonly outcome: Written;
}

export interface Finish {
  /** Queues an outcome; it is written at once, or with the next batch. */
  add(job: Job, outcome: Written): void;
  /** Tries again what could not be written. */
  flush(): void;
  /** Resolves when nothing waits to be written any more. */
  drained(): Promise<void>;
}

/** Bounds one message to the database, results included, well below what it takes. */
const BATCH = 100;

const STATEMENT: Readonly<Record<Written['kind'], string>> = {
  success: SUCCEED,
  retry: RETRY,
  failed: FAIL,
  released: RELEASE,
};

/** @param onWritten is told of each outcome that stands on its row */
export function createFinish(
  connection: Connection,
  leases: Leases,
  logger: Logger,
  onWritten: (job: Job, outcome: Outcome) => void,
): Finish {
  let queue: Finished[] = [];
  let flushing = false;
  let waiting: (() => void)[] = [];

  async function flush(): Promise<void> {
    if (flushing) return;
    flushing = true;
    while (queue.length > 0 && connection.connected) {
      const batch = queue.slice(0, BATCH).filter(({ job }) => leases.holds(job.token));
      queue = queue.slice(BATCH);
      const groups = Object.groupBy(batch, ({ outcome }) => outcome.kind);
      const unwritten = await Promise.all(Object.values(groups).map((group) => writeGroup(group)));
      queue.push(...unwritten.flat());
    }
    flushing = false;
    if (queue.length > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  /** Gives what must be written later. */
  async function writeGroup(group: Finished[]): Promise<Finished[]> {
    for (const { job } of group) leases.settling(job.token);
    try {
      const written = await write(group);
      for (const { job, outcome } of group) {
        leases.release(job.token);
        if (written.has(String(job.id))) onWritten(job, outcome);
        else logger.warn({ job: String(job.id) }, 'an outcome was not written: the job is no longer held, or deleted');
      }
      return [];
    } catch (error) {
      if (isAway(error)) return group;
      const [only] = group;
      if (only === undefined) return [];
      if (group.length > 1) return (await Promise.all(group.map((one) => writeGroup([one])))).flat();
      return refused(only, error);
    }
  }

  async function write(group: Finished[]): Promise<Set<string>> {
    const [first] = group;
    if (first === undefined) return new Set();
    const results: Record<string, unknown> = {};
    const errors: Record<string, unknown> = {};
    const delays: Record<string, unknown> = {};
    for (const { job, outcome } of group) {
      if (outcome.kind === 'success') results[job.token] = outcome.result;
      if (outcome.kind === 'retry' || outcome.kind === 'failed') errors[job.token] = outcome.error;
      if (outcome.kind === 'retry') delays[job.token] = milliseconds(outcome.delayMs);
    }
    const ids = group.map(({ job }) => job.id);
    const tokens = group.map(({ job }) => job.token);
    const statement = STATEMENT[first.outcome.kind];
    const answer = await connection.query(statement, { ids, tokens, results, errors, delays });
    return new Set(Array.isArray(answer) ? answer.map(String) : []);
  }

  function refused({ job, outcome }: Finished, error: unknown): Finished[] {
    const details = { job: String(job.id), outcome: outcome.kind, err: error };
    if (outcome.kind === 'failed') {
      logger.error(details, 'the database refuses the outcome of a job; it stays until its lease lapses');
      leases.release(job.token);
      return [];
    }
    logger.error(details, 'the database refuses the outcome of a job; failing it instead');
    const reason = 'The outcome could not be stored.';
    return [
      { job, outcome: { kind: 'failed', error: { attempt: attemptOf(job), code: 'outcome_unwritable', reason } } },
    ];
  }

  return {
    add(job, outcome) {
      queue.push({ job, outcome });
      void flush();
    },
    flush: () => void flush(),
    async drained() {
      if (queue.length === 0 && !flushing) return;
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
