/** Values for a text; a function is called for each attempt, counted from 1. */
export type Bindings = Record<string, unknown> | ((attempt: number) => Record<string, unknown>);

/** What one query may have besides its values. */
export interface QueryOptions {
  /** In place of the link's `queryTimeoutMs`. */
  readonly timeoutMs?: number;
  /** In place of the link's `conflictAttempts`. In a transaction of several requests nothing is sent again, whatever this says. */
  readonly conflictAttempts?: number;
}

/** Runs SurrealQL. What a link and a user session have in common. */
export interface Queries {
  /**
   * Runs a text and gives each statement's result. If one fails, the error to blame is thrown: not that of a statement
   * that was skipped because another one of its transaction failed.
   *
   * A text that loses against another transaction is sent again, whole. So it must be one statement, one
   * `BEGIN … COMMIT`, or statements that may be repeated.
   *
   * @throws LinkError SPOOKY_LINK_AWAY, SPOOKY_LINK_LOST, SPOOKY_LINK_SILENT, SPOOKY_LINK_CONFLICT, SPOOKY_LINK_CLOSED
   * @throws ServerError what the database says about a statement; see `databaseErrorKind`
   */
  queryAll<Results extends unknown[] = unknown[]>(
    text: string,
    bindings?: Bindings,
    options?: QueryOptions,
  ): Promise<Results>;
  /** As `queryAll`, and gives the last statement's result. */
  query<Result = unknown>(text: string, bindings?: Bindings, options?: QueryOptions): Promise<Result>;
}
