/** A server for SurrealDB's own protocol, over the engine in this process. */

/** What clients may make the engine do. */
export type { EngineAllowances } from './engine/native-engine.ts';
/** The engine alone, in this process. */
export { type EmbeddedEngine, openEngine } from './engine/open-engine.ts';
export type { RecordSession, StatementResult } from './engine/record-session.ts';
/** The owner that `startServer` defines. */
export type { RootUser } from './engine/root-user.ts';
/** What went wrong in starting or running it. */
export { EmbeddedSurrealError, type EmbeddedSurrealErrorCode } from './errors.ts';
/** The part of pino's logger that the server uses. */
export type { Logger } from './logger.ts';
export { type ServerOptions, type SurrealServer, startServer } from './server.ts';
/** What one connection may take. */
export type { ServerLimits } from './session/limits.ts';
/** Deletes what a `rocksdb` storage holds. */
export { deleteData } from './storage/delete-data.ts';
/** Where the data lives. */
export type { Storage } from './storage/storage.ts';
