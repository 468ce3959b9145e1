/**
 * Limits of one connection and of all connections together. A request beyond a limit is refused with an error, unless
 * the limit says otherwise.
 */
export interface ServerLimits {
  /** Sessions of a connection besides its default session. Default: 256. */
  readonly sessions: number;
  /** Open transactions of a connection. Default: 64. */
  readonly transactions: number;
  /**
   * Running live queries of a connection, over all of its sessions. Default: 1,024. Each slows down every write to its
   * table.
   */
  readonly liveQueries: number;
  /** Running live queries of one record user, over all connections. Default: 256. */
  readonly liveQueriesPerUser: number;
  /**
   * Running live queries on one table, over all connections. Default: 1,024. A query that names its table with an
   * expression, which only service users may send, is not counted, because its table is not known.
   */
  readonly liveQueriesPerTable: number;
  /** Requests of a connection that wait for the write signal; they do not count as running. Default: 64. */
  readonly writeSignalWaits: number;
  /**
   * Requests of a connection that run at a time. While they run, further ones are not read from the socket. Default:
   * 128.
   */
  readonly concurrentRequests: number;
  /** Open WebSocket connections of the server. Further ones are answered with 503. Default: 10,000. */
  readonly connections: number;
  /**
   * The interval of WebSocket pings, in milliseconds. A client that has not answered by the next ping is disconnected.
   * WebSocket libraries answer by themselves, so only a lost client is affected. Default: 30,000.
   */
  readonly pingIntervalMs: number;
}

export const defaultLimits: ServerLimits = {
  sessions: 256,
  transactions: 64,
  liveQueries: 1024,
  liveQueriesPerUser: 256,
  liveQueriesPerTable: 1024,
  writeSignalWaits: 64,
  concurrentRequests: 128,
  connections: 10_000,
  pingIntervalMs: 30_000,
};
