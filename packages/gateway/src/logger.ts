import type { Logger } from 'pino';

/** The part of pino's logger that the gateway uses. No line ever holds a token, a cookie or a password. */
export type GatewayLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/** For a gateway that was given none. */
export const silentLogger: GatewayLogger = { info() {}, warn() {}, error() {} };

/** Enough of an id to follow it through a log, and too little to use it. */
export function shortened(id: { toString(): string }): string {
  const text = id.toString();
  return text.length > 20 ? `${text.slice(0, 20)}…` : text;
}
