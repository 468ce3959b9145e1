/** The parts of the permissions matrix. */

/**
 * The outcomes of the attempts on one field. `LEAK` names the paths that returned a value although the plain one did not.
 */
export interface Cell {
  readonly read: 'yes' | 'no' | `LEAK ${string}`;
  /** Whether a row that was created without the field has a value. */
  readonly bare: 'value' | 'none';
  /** `set` if stored as sent, `ignored` if another value was stored, or `no` if refused. */
  readonly create: Attempt;
  readonly update: Attempt;
  /** Whether it can be removed. */
  readonly clear: 'yes' | 'no';
  /** The forbidden values that were accepted. */
  readonly wrong: readonly string[];
}

export type Attempt = 'set' | 'ignored' | 'no';

/** What one role can do with a row as a whole. */
export interface RowCell {
  readonly create: 'yes' | 'no';
  /** Whether an update that changes nothing is accepted. */
  readonly update: 'yes' | 'no';
  readonly delete: 'yes' | 'no';
}

/** What happens to rows regardless of who asks. */
export interface TableCell {
  /** Whether a second row with the same values under another id is accepted from a user with all rights. */
  readonly duplicate: 'taken' | 'refused';
  /** The tables whose rows stay although the row that they refer to was deleted. */
  readonly leaves: readonly string[];
}

/** What one role can do with the rows of one table. */
export interface Column extends TableCell {
  readonly table: string;
  readonly role: string;
  readonly row: RowCell;
  /** By field; `id` first, and a field that the table does not define last. */
  readonly fields: Readonly<Record<string, Cell>>;
}

/** A field that no table defines. */
export const UNDECLARED = 'undeclared';
