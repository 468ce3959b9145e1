/** Why a view cannot be maintained, and is read again as a whole. */
export type MaintenanceLimit =
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
  | 'questions'
  /** A fault of the gateway, which is logged. */
  | 'fault';

/** Ends the maintenance of a view. `maintain` catches it. */
export class MustRerun extends Error {
  readonly reason: MaintenanceLimit;

  constructor(reason: MaintenanceLimit) {
    super(reason);
    this.reason = reason;
  }
}
