export interface FieldFixture {
  /** What the row holds. Where the schema computes the field, what it would hold if it did not. */
  readonly value: unknown;
  /** Another valid value, which each role tries to set. */
  readonly forged: unknown;
  /** The value for a change, where it differs from the one for a new row. */
  readonly changed?: unknown;
  /** Values that the schema must refuse from every role, the row's owner included. */
  readonly wrong?: readonly unknown[];
}

export interface TableFixture {
  /** The key of the row; its table is the fixture's name. */
  readonly key: unknown;
  readonly fields: Readonly<Record<string, FieldFixture>>;
  /** What a client sends to make such a row in its own name. */
  readonly create: Readonly<Record<string, unknown>>;
}
