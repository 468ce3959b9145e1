/*
 * A job, as its runner sees it between the fetch and the outcome.
 *
 *   pending ──its call──▶ success
 *    ▲ ▲ │ └──final, cancelled──▶ failed ──the owner's retry──▶ pending
 *    │ │ └──100 ms later, or before the call──▶ processing ──▶ success, failed
 *    │ └──retry, release───────────────────────────┤
 *    └──its runner was lost────────────────────────┘
 *
 * A `pending` row is due at `run_at` and belongs to the owner of its partition. A `processing` row belongs to the
 * runner that it names. `success` and `failed` are final, unless the owner asks for a failed job to run again.
 */
import { Duration, RecordId } from 'surrealdb';
import type { RetryStrategy } from './delivery/backoff.ts';

/** The fields of a row that delivery needs, checked. */
export interface Job {
  readonly id: RecordId;
  /** Its id as text. */
  readonly key: string;
  readonly path: string;
  /** Undefined if it is too large to be fetched with the row. */
  readonly payload: unknown;
  /** When it was due, by the database's clock. */
  readonly runAt: Date;
  /** Retries made before this attempt. */
  readonly retries: number;
  readonly maxRetries: number;
  readonly retryStrategy: RetryStrategy;
  /** How often its owner has requested a rerun. */
  readonly reruns: number;
  /** How often its runner was lost during a call. */
  readonly losses: number;
  /** How long it had been due when it was fetched, in milliseconds. */
  readonly waitedMs: number;
  /** Its own time limit for an attempt, in milliseconds. */
  readonly timeoutMs?: number;
  readonly assignedTo?: RecordId;
  readonly createdBy?: RecordId;
}

/** The number of the attempt; 1 is the first. */
export function attemptOf(job: Job): number {
  return job.retries + 1;
}

/** The same for every delivery of one run of a job: a retry repeats it, an owner's rerun changes it. */
export function idempotencyKey(job: Job): string {
  return job.reruns === 0 ? job.key : `${job.key}:${job.reruns}`;
}

/** A row that cannot be parsed can still be failed, by its id. */
export type ParsedJob =
  | { readonly ok: true; readonly job: Job }
  | {
      readonly ok: false;
      readonly job: Job;
      readonly reason: string;
      /** Default: `job_unreadable`. */
      readonly code?: 'payload_too_large' | 'job_unreadable';
    };

/**
 * Parses a row. The schema forbids invalid rows, but a row may be older than the schema or written by hand. The reason
 * names every invalid field, and the job has that field's default. Returns undefined for a value that is not a job row
 * at all.
 *
 * @param now the database's time of the read
 */
export function parseJob(row: unknown, now: Date): ParsedJob | undefined {
  if (!isObject(row)) return undefined;
  const { id } = row;
  if (!(id instanceof RecordId)) return undefined;
  const faults: string[] = [];
  const read = <T>(field: string, parse: (value: unknown) => T | undefined, fallback: T): T => {
    const value = parse(row[field]);
    if (value === undefined) faults.push(field);
    return value ?? fallback;
  };
  const optional = <T>(field: string, parse: (value: unknown) => T | undefined): T | undefined =>
    row[field] === undefined || row[field] === null ? undefined : read<T | undefined>(field, parse, undefined);

  const runAt = read('run_at', date, now);
  const timeoutMs = optional('timeout', positiveDuration);
  const assignedTo = optional('assigned_to', recordId);
  const createdBy = optional('created_by', recordId);
  const job: Job = {
    id,
    key: id.toString(),
    path: read('path', string, ''),
    payload: row.payload ?? undefined,
    runAt,
    retries: read('retries', count, 0),
    maxRetries: read('max_retries', count, 0),
    retryStrategy: read('retry_strategy', strategy, 'linear'),
    reruns: read('reruns', count, 0),
    losses: count(row.rescues) ?? 0,
    waitedMs: Math.max(0, now.getTime() - runAt.getTime()),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(assignedTo && { assignedTo }),
    ...(createdBy && { createdBy }),
  };
  if (faults.length === 0) return { ok: true, job };
  return { ok: false, job, reason: `The job's ${faults.join(', ')} cannot be read.` };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function date(value: unknown): Date | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function strategy(value: unknown): RetryStrategy | undefined {
  return value === 'linear' || value === 'exponential' ? value : undefined;
}

function recordId(value: unknown): RecordId | undefined {
  return value instanceof RecordId ? value : undefined;
}

function positiveDuration(value: unknown): number | undefined {
  if (!(value instanceof Duration)) return undefined;
  const [seconds = 0n, nanoseconds = 0n] = value.toCompact();
  const ms = Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
  // setTimeout cannot count further, and a longer timeout is no limit in practice.
  return ms >= 1 && ms < 2 ** 31 ? Math.ceil(ms) : undefined;
}
