import type { WireValue } from './value.ts';

/** Every error code that a gateway answers with, and what a program can do about it. */
export type WireErrorCode =
  /** The frame or the body does not have the required form. An error in the program. */
  | 'SPOOKY_GATEWAY_BAD_REQUEST'
  /** A plan has an unknown table, field, relation or operator, or a value of the wrong kind. */
  | 'SPOOKY_GATEWAY_BAD_PLAN'
  /** A write has an unknown table or field, a job field that clients may not set, a bad id or a bad value. */
  | 'SPOOKY_GATEWAY_BAD_WRITE'
  /** The backend or its route does not exist. */
  | 'SPOOKY_GATEWAY_UNKNOWN_ROUTE'
  /** The payload does not match the route's request schema. */
  | 'SPOOKY_GATEWAY_BAD_PAYLOAD'
  /** One of the gateway's limits is exceeded; the message says which, and how much is allowed. */
  | 'SPOOKY_GATEWAY_LIMIT'
  /** Too many requests in a short time. Try again after `retryInMs`. */
  | 'SPOOKY_GATEWAY_BUSY'
  /** There is no session, or it has ended. Sign in. */
  | 'SPOOKY_GATEWAY_SIGNED_OUT'
  /** The access does not accept these credentials. */
  | 'SPOOKY_GATEWAY_INVALID_CREDENTIALS'
  /** The access refused to create the account; `reason` is what its SIGNUP threw. */
  | 'SPOOKY_GATEWAY_SIGN_UP_REFUSED'
  /** The page's origin may not use this gateway. */
  | 'SPOOKY_GATEWAY_FOREIGN_ORIGIN'
  /**
   * The permissions do not allow the write, or the record does not exist. `reason` is what the database threw, if it
   * threw.
   */
  | 'SPOOKY_GATEWAY_REFUSED'
  /** A record with this id exists. */
  | 'SPOOKY_GATEWAY_ALREADY_EXISTS'
  /** Somebody else has changed a field since the writer saw it. `conflict` has the stored values. Nothing was written. */
  | 'SPOOKY_GATEWAY_CONFLICT'
  /** The view has more rows than the limit of a view. */
  | 'SPOOKY_GATEWAY_TOO_MANY_ROWS'
  /** The database does not answer. Nothing was written. */
  | 'SPOOKY_GATEWAY_DATABASE_AWAY'
  /**
   * The connection to the database was lost during the write, which may have been made. Send it again with the same key.
   */
  | 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN'
  /** The database refused the statement for another reason, such as a field of the wrong type. */
  | 'SPOOKY_GATEWAY_DATABASE'
  /** An error in the gateway itself; its log has the details. */
  | 'SPOOKY_GATEWAY_INTERNAL';

/** An error, as a frame or an HTTP response contains it. */
export interface WireErrorBody {
  readonly code: WireErrorCode;
  /** What is wrong, where, and what to do. */
  readonly message: string;
  /** The short text that the schema threw, such as `username-taken`. */
  readonly reason?: string;
  /** For SPOOKY_GATEWAY_BAD_PAYLOAD: every problem. `path` is a JSON pointer. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  /** For SPOOKY_GATEWAY_CONFLICT: the stored values of the fields in conflict. NONE if the field is absent. */
  readonly conflict?: Readonly<Record<string, WireValue>>;
  /** For SPOOKY_GATEWAY_BUSY: milliseconds until the request may be repeated. */
  readonly retryInMs?: number;
}

/**
 * The codes with which a gateway closes a socket. Refusals close an open socket too, because browsers do not show pages
 * why an upgrade has failed.
 */
export const CLOSE_REASONS = {
  /** The client sent something that is not a frame: garbage, binary data, or a wrong shape. */
  badFrame: 4400,
  /**
   * There is no session, or it has ended: by a sign-out here or in another tab, by expiry, or because the user was
   * deleted.
   */
  signedOut: 4401,
  /** The page's origin may not use this gateway. */
  foreignOrigin: 4403,
  /** The client has read nothing for too long. */
  tooSlow: 4408,
  /** A frame exceeds FRAME_MAX_BYTES. */
  tooLarge: 4413,
  /** The client asks for another version of the protocol. */
  wrongProtocol: 4426,
  /** Too many frames, sockets or subscriptions. */
  tooMany: 4429,
  /**
   * The gateway stops or is not ready, or its database does not answer. Connect again: another gateway may take over.
   */
  stopping: 4503,
} as const;
