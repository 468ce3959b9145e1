/** Options of `create`, `update` and `delete` whose writes are shown at once. */
export interface WriteOptions<Row> {
  /**
   * An object has values of fields that are not sent, to be shown until the database answers, such as those that it
   * computes. Default: true.
   */
  readonly optimistic?: true | Partial<Row> | undefined;
}

/**
 * False: the write is not shown before the database has made it, is not kept, and resolves with the record as stored. It
 * waits up to ten seconds for a connection. If the answer was lost with one, and the record is gone before it is asked
 * for again, it resolves with null.
 */
export interface WaitingOptions {
  readonly optimistic: false;
}

/** What `update` compares. */
export interface BaseOptions<Row> {
  /**
   * The values that the writer saw of the fields to set, such as the row that a form was opened with. If somebody else
   * has changed one of them since, the write is refused with SPOOKY_CLIENT_CONFLICT; other fields merge. False: the last
   * write wins. Default: the values that a query of this page shows.
   */
  readonly base?: false | Partial<Row> | undefined;
}
