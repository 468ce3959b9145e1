import type { DateTime, Duration, RecordId } from 'surrealdb';

/** A row of a job table, with the fields that every job table has for the owner of a job. */
export interface JobRow<Result = unknown> {
  readonly id: RecordId;
  /** The route that the job calls. */
  readonly path: string;
  /** The request body, as JSON. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly status: 'pending' | 'processing' | 'success' | 'failed';
  /** Number of retries made. */
  readonly retries: number;
  readonly max_retries: number;
  readonly retry_strategy: 'linear' | 'exponential';
  /** When the next attempt is due. */
  readonly run_at: DateTime;
  /** Failures of attempts, the last 25 of them. Each is safe to show. */
  readonly errors: readonly JobError[];
  /** The JSON that the backend has answered with. */
  readonly result?: Result;
  /** What the backend has reported last. */
  readonly progress?: JobProgress | undefined;
  /** What the owner has asked for, until the runner acts on it. */
  readonly request?: 'cancel' | 'retry' | undefined;
  /** Timeout of one attempt. */
  readonly timeout?: Duration | undefined;
  readonly unique_key?: string | undefined;
  readonly assigned_to?: RecordId | undefined;
  readonly created_by?: RecordId | undefined;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

/** Why one attempt has failed. */
export interface JobError {
  /** Counts from 1. */
  readonly attempt: number;
  readonly at: DateTime;
  /** Such as `http_422`, `backend_timeout` or `cancelled`. The README of the runner has all codes. */
  readonly code: string;
  /** One line for people. */
  readonly reason: string;
}

/** How far a running job is, as its backend has reported it. */
export interface JobProgress {
  /** From 0 to 1. */
  readonly value?: number;
  readonly note?: string;
}
