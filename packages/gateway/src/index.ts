/** The only way from a browser to the database: sessions, reads, writes and live views, in front of SurrealDB. */

export type { GatewayLogger } from './logger.ts';
/** The gateway: it serves browsers over HTTP and a WebSocket. */
export { createGateway, type Gateway, type GatewayStats } from './server/gateway.ts';
export type { GatewayLimits, GatewayOptions } from './server/options.ts';
/** The error of a start that failed. */
export { GatewayStartError, type GatewayStartErrorCode } from './server/start-error.ts';
/** A backend whose jobs browsers may start. */
export type { GatewayBackend } from './writes/backends.ts';
