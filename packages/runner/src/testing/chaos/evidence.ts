/*
 * The record of a storm, by which the invariants are judged. Times are milliseconds since 1970. The database, the
 * backend and the storm itself share one machine and so one clock.
 *
 * The storm names the processes of runners: `r1.3` is the third process in the first slot. A process signs in to the
 * database as a user of that name, calls the backend at an address that contains it, and uses ids that begin with it:
 * `r1.3:<uuid>`. A process has more than one id if it was declared dead and continued.
 */

/** A row at the end. */
export interface Row {
  readonly job: string;
  readonly status: string;
  readonly maxRetries: number;
  readonly retries: number;
  readonly rescues: number;
  readonly reruns: number;
  readonly request?: string;
  /** The runner that works on it, according to the row. */
  readonly runner?: string;
}

/** A row after one write; recorded by the database in the same transaction, so none is missing. */
export interface Version {
  readonly job: string;
  /**
   * By the database's clock, within the transaction. Two writes of one row never overlap, so for one row this is the
   * order of the commits.
   */
  readonly at: number;
  readonly event: Change;
  /** The database user that wrote it; undefined for a person. */
  readonly by?: string;
  readonly partition: number;
  readonly status: string;
  readonly retries: number;
  readonly rescues: number;
  readonly reruns: number;
  /** The codes of its errors, oldest first. */
  readonly codes: readonly string[];
  /** Its result, as JSON. */
  readonly result?: string;
  readonly request?: string;
  readonly runner?: string;
}

export type Change = 'CREATE' | 'UPDATE' | 'DELETE';

/** One write to the row of a runner: its registration, a beat, its death, or its removal. */
export interface RunnerVersion {
  /** The runner's id. */
  readonly runner: string;
  readonly at: number;
  readonly event: Change;
  readonly by?: string;
  readonly alive: boolean;
}

/** One write to the row of a partition. */
export interface PartitionVersion {
  readonly partition: number;
  readonly at: number;
  readonly event: Change;
  readonly by?: string;
  /** The id of the runner that owns it from now on. */
  readonly owner?: string;
}

/** A call as the backend saw it. */
export interface Call {
  readonly job: string;
  readonly key: string;
  readonly attempt: number;
  /** The process that called. */
  readonly process: string;
  readonly from: number;
  /** When it was answered, the caller disconnected, or the backend was killed. */
  readonly until: number;
}

/** Work that the backend has done, for one idempotency key. */
export interface Effect {
  readonly job: string;
  readonly key: string;
}

/** An owner's request that the database has acknowledged. */
export interface OwnerRequest {
  readonly job: string;
  readonly request: 'cancel' | 'retry';
  readonly at: number;
}

/** A span of time. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** When a runner process was killed (the span has no end), or from when to when it was paused. */
export interface Fault extends Span {
  readonly process: string;
}

export interface Evidence {
  /** Every job whose insert was acknowledged. */
  readonly inserted: readonly string[];
  readonly rows: readonly Row[];
  /** By job, oldest first. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  /** By runner, oldest first. */
  readonly runners: ReadonlyMap<string, readonly RunnerVersion[]>;
  /** By partition, oldest first. */
  readonly partitions: ReadonlyMap<number, readonly PartitionVersion[]>;
  readonly calls: readonly Call[];
  readonly effects: readonly Effect[];
  readonly requests: readonly OwnerRequest[];
  /** Jobs that only a cancel can end. */
  readonly stuck: ReadonlySet<string>;
  /** In the order of their starts. */
  readonly faults: readonly Fault[];
  /** When the database was down. */
  readonly outages: readonly Span[];
}
