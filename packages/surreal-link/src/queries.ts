/** Values for the parameters of a text. A function is called for each attempt, with its number from 1. */
export type Bindings = Record<string, unknown> | ((attempt: number) => Record<string, unknown>);

/** Options of one query. */
export interface QueryOptions {
  /** Replaces the link's `queryTimeoutMs`, in milliseconds. */
  readonly timeoutMs?: number;
  /**
   * Replaces the link's `conflictAttempts`. Ignored in a transaction of several requests, which is never sent again.
   */
  readonly conflictAttempts?: number;
  /** Called with the run time of each statement in milliseconds, as the engine measures it. */
  readonly onRan?: (ms: number) => void;
}

/** Runs SurrealQL. Links, transactions and user sessions implement it. */
export interface Queries {
  /**
   * Runs a text and returns the result of each statement. If a statement fails, throws the error to blame, rather than
   * the error of a statement that was skipped because of it.
   *
   * A text that loses a conflict with another transaction is sent again as a whole. So it must be one statement, one
   * `BEGIN … COMMIT`, or statements that may be repeated.
   *
   * @param text one or more statements
   * @param bindings values for its parameters; default: none
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_LOST, SPOOKY_LINK_SILENT, SPOOKY_LINK_CONFLICT, SPOOKY_LINK_CLOSED
   * @throws ServerError the database's error about a statement; see `databaseErrorKind`
   */
  queryAll<Results extends unknown[] = unknown[]>(
    text: string,
    bindings?: Bindings,
    options?: QueryOptions,
  ): Promise<Results>;
  /** Like `queryAll`, but returns the result of the last statement. */
  query<Result = unknown>(text: string, bindings?: Bindings, options?: QueryOptions): Promise<Result>;
}
