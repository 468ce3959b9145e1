/** The only door for browsers: sessions, reads, writes and live views, in front of SurrealDB. */

export type { GatewayLogger } from './logger.ts';
/** The gateway. */
export { createGateway, type Gateway, type GatewayStats } from './server/gateway.ts';
export type { GatewayLimits, GatewayOptions } from './server/options.ts';
/** Why a gateway did not start. */
export { GatewayStartError, type GatewayStartErrorCode } from './server/start-error.ts';
/** What browsers may start jobs of. */
export type { GatewayBackend } from './writes/backends.ts';
