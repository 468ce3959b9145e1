/** The codes of every `ClientError`, with what a program can do. Codes are stable. */
export type ClientErrorCode =
  /** The username or password is wrong. Ask again. */
  | 'SPOOKY_CLIENT_INVALID_CREDENTIALS'
  /** The SIGNUP of the access refused the account. `reason` is what it threw (`username-taken`, …). */
  | 'SPOOKY_CLIENT_SIGN_UP_REFUSED'
  /** No user is signed in. Sign in first. */
  | 'SPOOKY_CLIENT_SIGNED_OUT'
  /**
   * There was no connection within ten seconds, the database does not answer, or earlier writes of the same records still
   * wait. Nothing was written, so retrying is safe.
   */
  | 'SPOOKY_CLIENT_NOT_CONNECTED'
  /** The connection broke after a write was sent, so its outcome is unknown. Read before you write again. */
  | 'SPOOKY_CLIENT_OUTCOME_UNKNOWN'
  /** The client was closed. */
  | 'SPOOKY_CLIENT_CLOSED'
  /** The schema has no such table, field or relation. Run `spooky generate` or correct the name. */
  | 'SPOOKY_CLIENT_UNKNOWN_TABLE'
  | 'SPOOKY_CLIENT_UNKNOWN_FIELD'
  | 'SPOOKY_CLIENT_UNKNOWN_RELATION'
  /** The query is invalid: a negative limit, an unknown operator, a `where` on a to-one relation. */
  | 'SPOOKY_CLIENT_INVALID_QUERY'
  /** The write is invalid: no field to set, an invalid id, a value that SurrealDB does not support. */
  | 'SPOOKY_CLIENT_INVALID_WRITE'
  /** sp00ky.yml has no such backend, or its OpenAPI spec has no such path. */
  | 'SPOOKY_CLIENT_UNKNOWN_BACKEND'
  | 'SPOOKY_CLIENT_UNKNOWN_ROUTE'
  /** The payload does not match the request schema of the route. `issues` lists every problem. */
  | 'SPOOKY_CLIENT_INVALID_PAYLOAD'
  /** An option of `run` or `createClient` is out of its range. */
  | 'SPOOKY_CLIENT_INVALID_OPTION'
  /** A query, write or payload is too large. The message contains the limit. Nothing was sent. */
  | 'SPOOKY_CLIENT_TOO_LARGE'
  /** Too many conditions, relations, rows or subscriptions. The message contains the limit. Request less. */
  | 'SPOOKY_CLIENT_LIMIT'
  /** Too many requests in a short time. Retry later; the message says when. */
  | 'SPOOKY_CLIENT_BUSY'
  /** The permissions do not allow the write, or the record does not exist. */
  | 'SPOOKY_CLIENT_REFUSED'
  /** A record with this id already exists. */
  | 'SPOOKY_CLIENT_ALREADY_EXISTS'
  /**
   * Somebody else has changed a field since this write was begun. `conflict` has the stored values. Nothing was written.
   */
  | 'SPOOKY_CLIENT_CONFLICT'
  /** The write refers to a record whose own write was refused. Retry or discard that one in `sync.failed`. */
  | 'SPOOKY_CLIENT_BLOCKED'
  /** The browser cannot store the write: its disk is full, or storage is forbidden. Nothing was written. */
  | 'SPOOKY_CLIENT_STORAGE'
  /** The database refused the statement for another reason, such as a field of the wrong type. */
  | 'SPOOKY_CLIENT_DATABASE'
  /**
   * The gateway refused the request as malformed, failed, or sent something that this client does not understand. The
   * message says what to do. The log of the gateway has the details of a failure.
   */
  | 'SPOOKY_CLIENT_GATEWAY'
  /** The job has failed or was cancelled. `reason` is the code of its last failure. `retry` runs it again. */
  | 'SPOOKY_CLIENT_JOB_FAILED'
  /** There is no such job, or this user may not see it. */
  | 'SPOOKY_CLIENT_JOB_MISSING'
  /** The id is not that of a job: its table is not the job table of a backend. */
  | 'SPOOKY_CLIENT_NOT_A_JOB'
  /** The gateway does not serve pages of this origin. Add the origin with `--allow-origin`. The client has stopped. */
  | 'SPOOKY_CLIENT_FOREIGN_ORIGIN'
  /** The gateway speaks another protocol version. Reload the page. The client has stopped. */
  | 'SPOOKY_CLIENT_WRONG_VERSION'
  /** The gateway serves another database than the one in the options. The client has stopped. */
  | 'SPOOKY_CLIENT_WRONG_DATABASE';

/** One problem of a payload or of another value. */
export interface PayloadIssue {
  /** The place as a JSON pointer. Empty for the payload itself. */
  readonly path: string;
  readonly message: string;
}

interface ClientErrorOptions {
  readonly cause?: unknown;
  readonly reason?: string | undefined;
  readonly issues?: readonly PayloadIssue[] | undefined;
  readonly conflict?: Readonly<Record<string, unknown>> | undefined;
}

/** The error of this package. `code` is stable; `message` says what is wrong and what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** What a SIGNUP or a write threw in the database, if it did, or the code of a job's last failure. */
  readonly reason: string | undefined;
  /** All problems of a payload, or of a value that cannot be sent. */
  readonly issues: readonly PayloadIssue[];
  /** For SPOOKY_CLIENT_CONFLICT: the stored values of the fields in conflict. `undefined` for an absent field. */
  readonly conflict: Readonly<Record<string, unknown>>;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.reason = options.reason;
    this.issues = options.issues ?? [];
    this.conflict = options.conflict ?? {};
  }
}
