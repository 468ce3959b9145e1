/** Every code that a gateway answers with, and what a program can do about it. */
export type WireErrorCode =
  /** The frame or the body is not what the format says. A fault of the program. */
  | 'SPOOKY_GATEWAY_BAD_REQUEST'
  /** A plan with an unknown table, field, relation or operator, or a value of the wrong kind. */
  | 'SPOOKY_GATEWAY_BAD_PLAN'
  /** A write with an unknown table or field, a field of a job that is not the client's, a bad id or a bad value. */
  | 'SPOOKY_GATEWAY_BAD_WRITE'
  /** The backend, or its route, does not exist. */
  | 'SPOOKY_GATEWAY_UNKNOWN_ROUTE'
  /** The payload breaks the request schema of the route. */
  | 'SPOOKY_GATEWAY_BAD_PAYLOAD'
  /** Above one of the gateway's limits; the message says which and how much is allowed. */
  | 'SPOOKY_GATEWAY_LIMIT'
  /** Too many requests in a short time: try again after `retryInMs`. */
  | 'SPOOKY_GATEWAY_BUSY'
  /** No session, or one that has ended: sign in. */
  | 'SPOOKY_GATEWAY_SIGNED_OUT'
  /** The access does not know these credentials. */
  | 'SPOOKY_GATEWAY_INVALID_CREDENTIALS'
  /** The access refused to make the account; `reason` is what its SIGNUP threw. */
  | 'SPOOKY_GATEWAY_SIGN_UP_REFUSED'
  /** The page's origin may not use this gateway. */
  | 'SPOOKY_GATEWAY_FOREIGN_ORIGIN'
  /** The permissions do not allow the write, or there is no such record. `reason` is what the database threw, if it did. */
  | 'SPOOKY_GATEWAY_REFUSED'
  /** A record with this id exists. */
  | 'SPOOKY_GATEWAY_ALREADY_EXISTS'
  /** The view has more rows than a view may have. */
  | 'SPOOKY_GATEWAY_TOO_MANY_ROWS'
  /** The database does not answer. Nothing was written. */
  | 'SPOOKY_GATEWAY_DATABASE_AWAY'
  /** The connection to the database broke during the write: it may have been made. Send it again with `again`. */
  | 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN'
  /** The database refused the statement for another reason, such as a field of the wrong type. */
  | 'SPOOKY_GATEWAY_DATABASE'
  /** A fault of the gateway itself; its log has the details. */
  | 'SPOOKY_GATEWAY_INTERNAL';

export interface WireErrorBody {
  readonly code: WireErrorCode;
  /** What is wrong, where, and what to do. */
  readonly message: string;
  /** The short word that the schema threw, such as `username-taken`. */
  readonly reason?: string;
  /** For SPOOKY_GATEWAY_BAD_PAYLOAD: every problem. `path` is a JSON pointer. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  /** For SPOOKY_GATEWAY_BUSY. */
  readonly retryInMs?: number;
}

/**
 * Why a gateway closed a socket. Refusals are closed sockets too: a browser does not show a page why an upgrade has failed.
 */
export const CLOSE_REASONS = {
  /** A frame that is no frame: garbage, binary, or of a wrong shape. */
  badFrame: 4400,
  /** No session, or it ended: signed out here or in another tab, expired, or the user was deleted. */
  signedOut: 4401,
  /** The page's origin may not use this gateway. */
  foreignOrigin: 4403,
  /** The client has read nothing for too long. */
  tooSlow: 4408,
  /** A frame above the limit. */
  tooLarge: 4413,
  /** Another version of the format. */
  wrongProtocol: 4426,
  /** Too many frames, sockets or subscriptions. */
  tooMany: 4429,
  /** The gateway stops, is not ready yet, or its database does not answer. Connect again: another one may take over. */
  stopping: 4503,
} as const;
