/** Why a view is read again as a whole. */
export type RerunReason =
  /** A list that skips rows was changed: the skipped rows are not held. */
  | 'offset'
  /** A value is ordered in a way that only the engine knows. */
  | 'order'
  /** More rows have left a list with a limit than its reserve holds. */
  | 'window'
  /** A record changed that a permission reads. */
  | 'permission'
  /** A row has moved into a list that is read from the engine. */
  | 'moved'
  /** The engine would have to be asked for too many rows. */
  | 'questions';

/** Ends the maintenance of a view. `maintain` catches it. */
export class MustRerun extends Error {
  readonly reason: RerunReason;

  constructor(reason: RerunReason) {
    super(reason);
    this.reason = reason;
  }
}
