/**
 * Every error code that this package throws. The errors that clients of the server receive are in
 * `protocol/rpc-error.ts`.
 */
export type EmbeddedSurrealErrorCode =
  /** Another server or another program uses the data folder; the message names the process. */
  | 'SPOOKY_DB_FOLDER_IN_USE'
  /** The data folder contains something other than a database of this server. Its contents were not changed. */
  | 'SPOOKY_DB_FOLDER_FOREIGN'
  /** The data folder cannot be created, read or written. */
  | 'SPOOKY_DB_FOLDER_UNUSABLE'
  /** A file of the data folder is damaged or missing. */
  | 'SPOOKY_DB_FOLDER_DAMAGED'
  /** No space is left for the data folder. Free some space and start again. */
  | 'SPOOKY_DB_DISK_FULL'
  /** The engine could not open the data for another reason. */
  | 'SPOOKY_DB_ENGINE_FAILED'
  /** The engine was used after it was closed. */
  | 'SPOOKY_DB_ENGINE_CLOSED'
  /** Another program listens on this address and port. */
  | 'SPOOKY_DB_ADDRESS_IN_USE'
  /** The server cannot listen on this address: it is not an address of this machine, or the port needs more rights. */
  | 'SPOOKY_DB_LISTEN_FAILED'
  /** The root user's name or password is missing or not valid. */
  | 'SPOOKY_DB_ROOT_INVALID'
  /** An allowed origin does not have the form `http://host:port`, or an allowed host is not a host name. */
  | 'SPOOKY_DB_ORIGIN_INVALID'
  /** The database refused a statement of the server or of a caller of `openEngine`. */
  | 'SPOOKY_DB_QUERY_FAILED';

/** An error of the embedded database. The second half of the message says what to do. */
export class EmbeddedSurrealError extends Error {
  override readonly name = 'EmbeddedSurrealError';
  /** Stable: programs may switch on it. */
  readonly code: EmbeddedSurrealErrorCode;

  constructor(code: EmbeddedSurrealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
