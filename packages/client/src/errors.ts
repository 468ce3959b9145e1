/** Every code of this package, and what a program can do about it. */
export type ClientErrorCode =
  /** Wrong username or password: ask again. */
  | 'SPOOKY_CLIENT_INVALID_CREDENTIALS'
  /** The access refused to make the account; `reason` says why, as thrown by its SIGNUP (`username-taken`, …). */
  | 'SPOOKY_CLIENT_SIGN_UP_REFUSED'
  /** Nobody is signed in: sign in first. */
  | 'SPOOKY_CLIENT_SIGNED_OUT'
  /** No connection within the time a call may wait; nothing was sent. Safe to try again. */
  | 'SPOOKY_CLIENT_NOT_CONNECTED'
  /** The connection broke after a write was sent: it may or may not have been made. Read before writing again. */
  | 'SPOOKY_CLIENT_OUTCOME_UNKNOWN'
  /** The client was closed. */
  | 'SPOOKY_CLIENT_CLOSED'
  /** The schema has no such table, field or relation: generate the schema again, or correct the name. */
  | 'SPOOKY_CLIENT_UNKNOWN_TABLE'
  | 'SPOOKY_CLIENT_UNKNOWN_FIELD'
  | 'SPOOKY_CLIENT_UNKNOWN_RELATION'
  /** A query that cannot be: a negative limit, an operator that does not exist, a where on a to-one relation. */
  | 'SPOOKY_CLIENT_INVALID_QUERY'
  /** sp00ky.yml names no such backend, or its OpenAPI spec no such path. */
  | 'SPOOKY_CLIENT_UNKNOWN_BACKEND'
  | 'SPOOKY_CLIENT_UNKNOWN_ROUTE'
  /** The payload breaks the route's request schema; `issues` lists every problem. */
  | 'SPOOKY_CLIENT_INVALID_PAYLOAD'
  /** An option of `run` is out of its range. */
  | 'SPOOKY_CLIENT_INVALID_OPTION'
  /** The permissions let this write come to nothing, or there is no such record. */
  | 'SPOOKY_CLIENT_REFUSED'
  /** The database answered with an error of its own; it is the `cause`. */
  | 'SPOOKY_CLIENT_DATABASE';

/** One thing that is wrong with a payload. */
export interface PayloadIssue {
  /** Where, as a JSON pointer; empty for the payload itself. */
  readonly path: string;
  readonly message: string;
}

interface ClientErrorOptions {
  readonly cause?: unknown;
  readonly reason?: string | undefined;
  readonly issues?: readonly PayloadIssue[];
}

/** What this package throws and reports. `code` is stable; `message` says what is wrong and what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** The database's own short word for it, where it gave one: what a SIGNUP or a write has thrown. */
  readonly reason: string | undefined;
  /** For SPOOKY_CLIENT_INVALID_PAYLOAD: every problem, not just the first. */
  readonly issues: readonly PayloadIssue[];

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.reason = options.reason;
    this.issues = options.issues ?? [];
  }
}
