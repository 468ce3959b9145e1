/** Every code this package can throw; what a client of the server sees is in `rpc-error.ts` instead. */
export type EmbeddedSurrealErrorCode =
  | 'SPOOKY_DB_FOLDER_IN_USE'
  | 'SPOOKY_DB_FOLDER_FOREIGN'
  | 'SPOOKY_DB_FOLDER_UNUSABLE'
  | 'SPOOKY_DB_ENGINE_FAILED'
  | 'SPOOKY_DB_ENGINE_CLOSED'
  | 'SPOOKY_DB_ADDRESS_IN_USE'
  | 'SPOOKY_DB_LISTEN_FAILED'
  | 'SPOOKY_DB_ROOT_INVALID'
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
