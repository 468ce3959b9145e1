/** Every code of this package, and what a program can do about it. */
export type ClientErrorCode =
  /** Wrong username or password: ask again. */
  | 'SPOOKY_CLIENT_INVALID_CREDENTIALS'
  /** The access refused to make the account; `reason` says why, as thrown by its SIGNUP (`username-taken`, …). */
  | 'SPOOKY_CLIENT_SIGN_UP_REFUSED'
  /** Nobody is signed in: sign in first. */
  | 'SPOOKY_CLIENT_SIGNED_OUT'
  /** No connection within the time a call may wait, or the database does not answer; nothing was written. Safe to try again. */
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
  /** A write that cannot be: no field to set, a bad id, a value that SurrealDB does not have. */
  | 'SPOOKY_CLIENT_INVALID_WRITE'
  /** sp00ky.yml names no such backend, or its OpenAPI spec no such path. */
  | 'SPOOKY_CLIENT_UNKNOWN_BACKEND'
  | 'SPOOKY_CLIENT_UNKNOWN_ROUTE'
  /** The payload breaks the route's request schema; `issues` lists every problem. */
  | 'SPOOKY_CLIENT_INVALID_PAYLOAD'
  /** An option of `run` or `createClient` is out of its range. */
  | 'SPOOKY_CLIENT_INVALID_OPTION'
  /** A query, a write or a payload has too many bytes; the message has the limit. Nothing was sent. */
  | 'SPOOKY_CLIENT_TOO_LARGE'
  /** Too many conditions, relations, rows or subscriptions; the message has the limit. Ask for less. */
  | 'SPOOKY_CLIENT_LIMIT'
  /** Too many requests in a short time: try again in a while; the message says when. */
  | 'SPOOKY_CLIENT_BUSY'
  /** The permissions let this write come to nothing, or there is no such record. */
  | 'SPOOKY_CLIENT_REFUSED'
  /** A record with this id exists already. */
  | 'SPOOKY_CLIENT_ALREADY_EXISTS'
  /** The database refused the statement for another reason, such as a field of the wrong type. */
  | 'SPOOKY_CLIENT_DATABASE'
  /** The gateway failed, or sent what this client does not understand; the gateway's log has the details. */
  | 'SPOOKY_CLIENT_GATEWAY'
  /** The gateway does not serve pages of this origin: add it with `--allow-origin`. The client has stopped. */
  | 'SPOOKY_CLIENT_FOREIGN_ORIGIN'
  /** The gateway speaks another version of the format: reload the page. The client has stopped. */
  | 'SPOOKY_CLIENT_WRONG_VERSION'
  /** The gateway serves another database than the options name. The client has stopped. */
  | 'SPOOKY_CLIENT_WRONG_DATABASE';

/** One thing that is wrong with a payload. */
export interface PayloadIssue {
  /** Where, as a JSON pointer; empty for the payload itself. */
  readonly path: string;
  readonly message: string;
}

interface ClientErrorOptions {
  readonly cause?: unknown;
  readonly reason?: string | undefined;
  readonly issues?: readonly PayloadIssue[] | undefined;
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
