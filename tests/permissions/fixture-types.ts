export interface FieldFixture {
  /** The value in the row. If the schema computes the field, the value that it would otherwise have. */
  readonly value: unknown;
  /** Another valid value, which each role tries to set. */
  readonly forged: unknown;
  /** The value for a change, if it differs from the one for a new row. */
  readonly changed?: unknown;
  /** Values that the schema must refuse from every role, including the row's owner. */
  readonly wrong?: readonly unknown[];
}

export interface TableFixture {
  /** The key of the row; its table is the fixture's name. */
  readonly key: unknown;
  readonly fields: Readonly<Record<string, FieldFixture>>;
  /** What a client sends to create such a row for itself. */
  readonly create: Readonly<Record<string, unknown>>;
}
