/** Every error code of the connection. Stable: programs may switch on it. */
export type LinkErrorCode =
  /** There is no connection now, so nothing was sent. The link keeps connecting. */
  | 'SPOOKY_LINK_AWAY'
  /** The connection was lost before the answer. Whether the statement took effect is unknown. */
  | 'SPOOKY_LINK_LOST'
  /** The database did not answer in time. Whether the statement took effect is unknown. */
  | 'SPOOKY_LINK_SILENT'
  /** The database refuses the link's own user name or password. */
  | 'SPOOKY_LINK_SIGN_IN_REFUSED'
  /** The database could not sign in the link's user for a reason other than its name and password. */
  | 'SPOOKY_LINK_SIGN_IN_FAILED'
  /** The database refuses the credentials of a user session. */
  | 'SPOOKY_LINK_SESSION_REFUSED'
  /** The token of a user session has expired, or its engine session ends as soon as it begins. */
  | 'SPOOKY_LINK_SESSION_EXPIRED'
  /** The pool has no room for another user session: all of its sessions have a query in flight. */
  | 'SPOOKY_LINK_SESSIONS_FULL'
  /** The transaction conflicted with other transactions in every attempt. Nothing was written. */
  | 'SPOOKY_LINK_CONFLICT'
  /** The link, the pool or the session was closed. */
  | 'SPOOKY_LINK_CLOSED'
  /** An option has the wrong form or range. */
  | 'SPOOKY_LINK_BAD_OPTIONS';

/** An error of the connection. An error about a statement itself stays the SDK's `ServerError`. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  /** Stable: programs may switch on it. */
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function away(cause?: unknown): LinkError {
  return new LinkError('SPOOKY_LINK_AWAY', 'the database is away; the link reconnects as soon as it is back', {
    cause,
  });
}

export function lost(cause?: unknown): LinkError {
  const message =
    'the connection was lost before the answer; check whether the statement took effect before you repeat it';
  return new LinkError('SPOOKY_LINK_LOST', message, { cause });
}

export function silent(ms: number): LinkError {
  const message = `the database did not answer within ${ms} ms; check its log, whether it is overloaded, and the network to it`;
  return new LinkError('SPOOKY_LINK_SILENT', message);
}

export function closed(what: string): LinkError {
  return new LinkError('SPOOKY_LINK_CLOSED', `${what} was closed; create a new one`);
}

export function badOptions(message: string): LinkError {
  return new LinkError('SPOOKY_LINK_BAD_OPTIONS', message);
}
