import type { Logger as PinoLogger } from 'pino';

/** The part of pino's logger that the runner uses. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

/** The default of `RunnerOptions.logger`. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };
