/** Every code this package can throw; what a client of the server sees is in `rpc-error.ts` instead. */
export type EmbeddedSurrealErrorCode =
  /** Another process serves this folder; the message names it. */
  /** Another server, or other program, has the data folder open. */
  | 'SPOOKY_DB_FOLDER_IN_USE'
  /** The folder holds something other than a RocksDB database of this engine. */
  /** The data folder holds something else than a database of this server; it was not touched. */
  | 'SPOOKY_DB_FOLDER_FOREIGN'
  /** The folder cannot be made, read or written. */
  /** The data folder cannot be made, read or written. */
  | 'SPOOKY_DB_FOLDER_UNUSABLE'
  /** A file of the data folder is damaged or missing. */
  | 'SPOOKY_DB_FOLDER_DAMAGED'
  /** No space is left for the data folder; free some and start again. */
  | 'SPOOKY_DB_DISK_FULL'
  /** The engine could not open the storage, or broke. */
  /** The engine could not open the data for another reason. */
  | 'SPOOKY_DB_ENGINE_FAILED'
  /** The engine was closed; open it again. */
  /** The engine was asked after it had been closed. */
  | 'SPOOKY_DB_ENGINE_CLOSED'
  /** Something else listens on this address and port. */
  /** Something else listens on the address. */
  | 'SPOOKY_DB_ADDRESS_IN_USE'
  /** The server cannot listen on this address. */
  /** The address is none of this machine, or not for everybody to use. */
  | 'SPOOKY_DB_LISTEN_FAILED'
  /** The root user has no name or no password. */
  /** The root user needs a proper name and a password. */
  | 'SPOOKY_DB_ROOT_INVALID'
  /** An allowed origin is not of the form `http://host:port`, or an allowed host is no host name. */
  | 'SPOOKY_DB_ORIGIN_INVALID'
  /** The database refused a statement that was run in process. */
  /** The database refused a statement of the server or of an embedded engine’s user. */
  | 'SPOOKY_DB_QUERY_FAILED';

/** What went wrong in starting or running the embedded database; the second half of the message is the remedy. */
export class EmbeddedSurrealError extends Error {
  override readonly name = 'EmbeddedSurrealError';
  readonly code: EmbeddedSurrealErrorCode;

  constructor(code: EmbeddedSurrealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
