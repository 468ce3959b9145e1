/** The part of pino's logger that a link uses. Messages never contain passwords or tokens. */
export interface LinkLogger {
  readonly info: Log;
  readonly warn: Log;
}

interface Log {
  (message: string): void;
  (details: object, message: string): void;
}

export const silentLogger: LinkLogger = { info() {}, warn() {} };
