/** The part of pino's logger that a link uses. */
export interface LinkLogger {
  readonly info: Log;
  readonly warn: Log;
}

interface Log {
  (message: string): void;
  (details: object, message: string): void;
}

export const silentLogger: LinkLogger = { info() {}, warn() {} };
