/** A server for SurrealDB's own protocol, over the engine in this process. */

/** What went wrong in starting or running it. */
export { EmbeddedSurrealError, type EmbeddedSurrealErrorCode } from './errors.ts';
/** What one connection may take. */
export type { ServerLimits } from './limits.ts';
/** The part of pino's logger that the server uses. */
export type { Logger } from './logger.ts';
/** What clients may make the engine do. */
export type { EngineAllowances } from './native-engine.ts';
/** The engine alone, in this process. */
export { type EmbeddedEngine, openEngine } from './open-engine.ts';
/** The owner that `startServer` defines. */
export type { RootUser } from './root-user.ts';
export { type ServerOptions, type SurrealServer, startServer } from './server.ts';
/** Where the data lives. */
export type { Storage } from './storage.ts';
