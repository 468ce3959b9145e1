/** What a storm leaves behind, and what the invariants are judged by. Times are milliseconds since 1970. */

/** A row as it stands at the end. */
export interface Row {
  readonly job: string;
  readonly status: string;
  readonly maxRetries: number;
  readonly retries: number;
  readonly rescues: number;
  readonly reruns: number;
  readonly request?: string;
  readonly token?: string;
}

/** A row as one write left it; written down by the database in the same transaction, so none is missing. */
export interface Version {
  readonly job: string;
  /** By the database's clock. */
  readonly at: number;
  readonly event: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly status: string;
  readonly retries: number;
  readonly rescues: number;
  readonly reruns: number;
  /** The codes of its errors, oldest first. */
  readonly codes: readonly string[];
  /** Its result, as JSON. */
  readonly result?: string;
  readonly request?: string;
  readonly token?: string;
  readonly runner?: string;
  readonly leaseUntil?: number;
}

/** A call as the backend saw it. */
export interface Call {
  readonly job: string;
  readonly key: string;
  readonly attempt: number;
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

export interface Evidence {
  /** Every job whose insert was acknowledged. */
  readonly inserted: readonly string[];
  readonly rows: readonly Row[];
  /** Of each job, oldest first. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  readonly calls: readonly Call[];
  readonly effects: readonly Effect[];
  readonly requests: readonly OwnerRequest[];
  /** Jobs that only a cancel could end. */
  readonly stuck: ReadonlySet<string>;
}
