/** Every code this package can throw; what a client of the server sees is in `rpc-error.ts` instead. */
export type EmbeddedSurrealErrorCode =
  /** Another process serves this folder; the message names it. */
  | 'SPOOKY_DB_FOLDER_IN_USE'
  /** The folder holds something other than a RocksDB database of this engine. */
  | 'SPOOKY_DB_FOLDER_FOREIGN'
  /** The folder cannot be made, read or written. */
  | 'SPOOKY_DB_FOLDER_UNUSABLE'
  | 'SPOOKY_DB_FOLDER_DAMAGED'
  | 'SPOOKY_DB_DISK_FULL'
  /** The engine could not open the storage, or broke. */
  | 'SPOOKY_DB_ENGINE_FAILED'
  /** The engine was closed; open it again. */
  | 'SPOOKY_DB_ENGINE_CLOSED'
  /** Something else listens on this address and port. */
  | 'SPOOKY_DB_ADDRESS_IN_USE'
  /** The server cannot listen on this address. */
  | 'SPOOKY_DB_LISTEN_FAILED'
  /** The root user has no name or no password. */
  | 'SPOOKY_DB_ROOT_INVALID'
  /** The database refused a statement that was run in process. */
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
