/** How much one connection, and all of them together, may take of the server. */
export interface ServerLimits {
  /** Sessions of a connection besides its own; default 256. */
  readonly sessions: number;
  /** Open transactions of a connection; default 64. */
  readonly transactions: number;
  /** Running live queries of a connection, over all of its sessions; default 1024. Each slows down every write to its table. */
  readonly lives: number;
  /** Running live queries of one record user, over all connections; default 256. */
  readonly livesPerUser: number;
  /**
   * Running live queries on one table, over all connections; default 1024. Of a query that names its table by an
   * expression, which only service users may send, the table is not known and not counted.
   */
  readonly livesPerTable: number;
  /** Requests of a connection that wait for the write signal; they do not count as running. Default 64. */
  readonly writeWaits: number;
  /** Requests of a connection that run at a time; beyond that its socket is not read. Default 128. */
  readonly running: number;
  /** WebSocket connections at a time; further ones are answered with 503. Default 10,000. */
  readonly connections: number;
  /**
   * How often a WebSocket is asked whether its client is still there, in milliseconds; one that has not answered by the next time is
   * ended. A quiet client answers by itself, so only a lost one is cut. Default 30,000.
   */
  readonly pulseMs: number;
}

export const defaultLimits: ServerLimits = {
  sessions: 256,
  transactions: 64,
  lives: 1024,
  livesPerUser: 256,
  livesPerTable: 1024,
  writeWaits: 64,
  running: 128,
  connections: 10_000,
  pulseMs: 30_000,
};
