/** How much one connection, and all of them together, may take of the server. */
export interface ServerLimits {
  /** Sessions of a connection besides its own; default 256. */
  readonly sessions: number;
  /** Open transactions of a connection; default 64. */
  readonly transactions: number;
  /** Running live queries of a connection, over all of its sessions; default 1024. Each slows down every write to its table. */
  readonly lives: number;
  /** Requests of a connection that run at a time; beyond that its socket is not read. Default 128. */
  readonly running: number;
  /** WebSocket connections at a time; further ones are answered with 503. Default 10,000. */
  readonly connections: number;
  /**
   * How often a WebSocket is asked whether anybody is there, in milliseconds; one that has not answered by the next time is
   * ended. A quiet client answers by itself, so only a lost one is cut. Default 30,000.
   */
  readonly pulseMs: number;
}

export const defaultLimits: ServerLimits = {
  sessions: 256,
  transactions: 64,
  lives: 1024,
  running: 128,
  connections: 10_000,
  pulseMs: 30_000,
};
