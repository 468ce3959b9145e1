/** What the matrix of permissions is made of. */

/** What came of trying. `LEAK` names the paths on which a value came out that the plain one does not give. */
export interface Cell {
  readonly read: 'yes' | 'no' | `LEAK ${string}`;
  /** What a row has that was made without it. */
  readonly bare: 'value' | 'none';
  /** `set` as sent, `ignored` for another value, or refused (`no`). */
  readonly create: Attempt;
  readonly update: Attempt;
  /** Whether it may be taken away. */
  readonly clear: 'yes' | 'no';
  /** Of the values that must never be taken, those that were. */
  readonly wrong: readonly string[];
}

export type Attempt = 'set' | 'ignored' | 'no';

/** What one role may do with a row as a whole. */
export interface RowCell {
  readonly create: 'yes' | 'no';
  /** A change that changes nothing is accepted. */
  readonly update: 'yes' | 'no';
  readonly delete: 'yes' | 'no';
}

/** What one role may do with the rows of one table. */
export interface Column {
  readonly table: string;
  readonly role: string;
  readonly row: RowCell;
  /** A second row with the same values under another id, made with all rights. */
  readonly duplicate: 'taken' | 'refused';
  /** The tables whose rows about the deleted one stay. */
  readonly leaves: readonly string[];
  readonly fields: Readonly<Record<string, Cell>>;
}

/** A field that no table defines. */
export const UNDECLARED = 'undeclared';
