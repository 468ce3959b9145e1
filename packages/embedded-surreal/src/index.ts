/** A server for SurrealDB's protocol, with the engine in this process. */

/** What clients may do beyond reading and writing data. */
export type { EngineAllowances } from './engine/native-engine.ts';
/** The engine in this process, without a server. */
export { type EmbeddedEngine, openEngine } from './engine/open-engine.ts';
export type { RecordSession, StatementResult } from './engine/record-session.ts';
/** The root user that `startServer` defines. */
export type { RootUser } from './engine/root-user.ts';
/** The errors of this package. */
export { EmbeddedSurrealError, type EmbeddedSurrealErrorCode } from './errors.ts';
/** The part of pino's logger that the server uses. */
export type { Logger } from './logger.ts';
/** The server. */
export { type ServerOptions, type SurrealServer, startServer } from './server.ts';
/** Limits of a connection and of the whole server. */
export type { ServerLimits } from './session/limits.ts';
/** Deletes the data of a `rocksdb` storage. */
export { deleteData } from './storage/delete-data.ts';
/** Where the data is kept. */
export type { Storage } from './storage/storage.ts';
