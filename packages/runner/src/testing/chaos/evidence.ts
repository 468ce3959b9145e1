/*
 * What a storm leaves behind, and what the invariants are judged by. Times are milliseconds since 1970. The database, the
 * backend and the storm itself share one machine and so one clock.
 *
 * A process of a runner is named by the storm (`r1.3` is the third one in the first place). It signs in to the database as a user of
 * that name, calls the backend at an address with that name in it, and takes ids that begin with it: `r1.3:<uuid>`. A process has more
 * than one id if it was declared dead and goes on.
 */

/** A row as it stands at the end. */
export interface Row {
  readonly job: string;
  readonly status: string;
  readonly maxRetries: number;
  readonly retries: number;
  readonly rescues: number;
  readonly reruns: number;
  readonly request?: string;
  /** The runner that works on it, as the row says. */
  readonly runner?: string;
}

/** A row as one write left it; recorded by the database in the same transaction, so none is missing. */
export interface Version {
  readonly job: string;
  /**
   * By the database's clock, within the transaction. Two writes of one row never overlap, so for one row this is the order of the commits.
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
  /** When it was answered, the caller hung up, or the backend was killed. */
  readonly until: number;
}

/** Work that the backend has done, for one idempotency key. */
export interface Effect {
  readonly job: string;
  readonly key: string;
}

/** What an owner asked for, and the database acknowledged. */
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

/** When a process of a runner was killed, or paused until it went on. */
export interface Blow extends Span {
  readonly process: string;
}

export interface Evidence {
  /** Every job whose insert was acknowledged. */
  readonly inserted: readonly string[];
  readonly rows: readonly Row[];
  /** Of each job, oldest first. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  /** Of each runner, oldest first. */
  readonly runners: ReadonlyMap<string, readonly RunnerVersion[]>;
  /** Of each partition, oldest first. */
  readonly partitions: ReadonlyMap<number, readonly PartitionVersion[]>;
  readonly calls: readonly Call[];
  readonly effects: readonly Effect[];
  readonly requests: readonly OwnerRequest[];
  /** Jobs that only a cancel could end. */
  readonly stuck: ReadonlySet<string>;
  /** In the order of their beginnings. */
  readonly blows: readonly Blow[];
  /** When there was no database. */
  readonly outages: readonly Span[];
}
