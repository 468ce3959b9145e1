import type { Logger } from 'pino';

/** The part of pino's logger that the gateway uses. No log line contains a token, a cookie or a password. */
export type GatewayLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The default logger: it discards everything. */
export const silentLogger: GatewayLogger = { info() {}, warn() {}, error() {} };

/** The first characters of an id: enough to follow it through a log, too few to use it. */
export function shortId(id: { toString(): string }): string {
  const text = id.toString();
  return text.length > 20 ? `${text.slice(0, 20)}…` : text;
}
