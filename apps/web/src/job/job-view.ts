/**
 * What a person sees of a job, as a pure function of its row.
 *
 *   idle ─▶ waiting ─▶ running ─▶ done
 *              ▲          │ ├──▶ retrying ─▶ running
 *              │          │ └──▶ cancelled
 *              └─(Retry)──┴────▶ failed
 *
 * `asked` is a request of the owner (cancel, retry) that the runner has not carried out yet. The row still has the old
 * status, and the screen already shows the request.
 */

/** One failed attempt, as the runner recorded it. All of it is safe to show. */
export interface JobFailure {
  /** The number of the attempt, from 1. */
  attempt: number;
  code: string;
  /** The technical reason, for developers. `failureText` has the text for everyone else. */
  reason: string;
  /** When it failed; undefined if the row does not say. */
  at: Date | undefined;
}

/** The progress of a running job, as its backend reports it. Either part can be missing. */
export interface JobProgress {
  /** From 0 to 1. */
  value: number | undefined;
  note: string | undefined;
}

/** The shown part of a job's row. */
export interface JobFacts {
  status: 'pending' | 'processing' | 'success' | 'failed';
  /** The number of retries so far; the running attempt is `retries + 1`. */
  retries: number;
  max_retries: number;
  run_at: { toDate(): Date };
  updated_at: { toDate(): Date };
  request?: 'cancel' | 'retry' | undefined;
  errors: readonly unknown[];
  progress?: Readonly<Record<string, unknown>> | undefined;
}

export type JobView =
  | { kind: 'idle' }
  /** `dueAt` is when a delayed job starts; undefined for one that starts as soon as a runner has room. */
  | { kind: 'waiting'; asked: Asked; dueAt: Date | undefined }
  | { kind: 'running'; asked: Asked; attempt: number; of: number; progress: JobProgress | undefined }
  | { kind: 'retrying'; asked: Asked; failure: JobFailure; of: number; dueAt: Date }
  | { kind: 'done' }
  | { kind: 'cancelled' }
  | { kind: 'failed'; asked: Asked; failure: JobFailure | undefined; attempts: number };

type Asked = 'cancel' | 'retry' | undefined;

/** A shorter delay ends before anyone has read about it. */
const SHORTEST_DELAY_MS = 1_000;

/** The code that a runner records as the failure when the owner cancels. */
const CANCELLED = 'cancelled';

export function jobView(job: JobFacts | undefined): JobView {
  if (job === undefined) return { kind: 'idle' };
  const asked = job.request;
  const failure = jobFailures(job).at(-1);
  const of = job.max_retries + 1;
  switch (job.status) {
    case 'pending':
      // If no retry was made, an old failure belongs to an earlier run: the owner requested a rerun.
      return job.retries > 0 && failure !== undefined
        ? { kind: 'retrying', asked, failure, of, dueAt: job.run_at.toDate() }
        : { kind: 'waiting', asked, dueAt: delayedUntil(job) };
    case 'processing':
      return { kind: 'running', asked, attempt: job.retries + 1, of, progress: jobProgress(job) };
    case 'success':
      return { kind: 'done' };
    case 'failed':
      return failure?.code === CANCELLED && asked === undefined
        ? { kind: 'cancelled' }
        : { kind: 'failed', asked, failure, attempts: job.retries + 1 };
  }
}

/** Whether the job still waits or runs, so that a new one would do the same work twice. */
export function isUnderWay(view: JobView): boolean {
  if (view.kind === 'failed') return view.asked === 'retry';
  return view.kind === 'waiting' || view.kind === 'running' || view.kind === 'retrying';
}

/** Returns the recorded failures, oldest first. Skips an entry that does not have the runner's format. */
export function jobFailures(job: Pick<JobFacts, 'errors'>): JobFailure[] {
  return job.errors.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { attempt, code, reason, at } = entry as Record<string, unknown>;
    if (typeof attempt !== 'number' || typeof code !== 'string' || typeof reason !== 'string') return [];
    return [{ attempt, code, reason, at: dateOf(at) }];
  });
}

/** Returns the failed attempts, oldest first, without cancelled ones. */
export function failedAttempts(job: Pick<JobFacts, 'errors'>): JobFailure[] {
  return jobFailures(job).filter(({ code }) => code !== CANCELLED);
}

/** Returns the row's progress. Skips a part with an unknown format. */
function jobProgress({ progress }: Pick<JobFacts, 'progress'>): JobProgress | undefined {
  const value = typeof progress?.value === 'number' ? Math.min(1, Math.max(0, progress.value)) : undefined;
  const note = typeof progress?.note === 'string' && progress.note !== '' ? progress.note : undefined;
  return value === undefined && note === undefined ? undefined : { value, note };
}

/**
 * Compares two times of the database. The clock of this machine can be slow, and then a job that is due at once would seem
 * delayed.
 */
function delayedUntil({ run_at, updated_at }: Pick<JobFacts, 'run_at' | 'updated_at'>): Date | undefined {
  const dueAt = run_at.toDate();
  return dueAt.getTime() - updated_at.toDate().getTime() >= SHORTEST_DELAY_MS ? dueAt : undefined;
}

function dateOf(value: unknown): Date | undefined {
  if (typeof value === 'string') return new Date(value);
  if (typeof value === 'object' && value !== null && 'toDate' in value && typeof value.toDate === 'function') {
    const date: unknown = value.toDate();
    if (date instanceof Date) return date;
  }
  return undefined;
}
