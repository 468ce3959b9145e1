/** What the gateway knows about the database. It is read with INFO, never from schema files. */
export interface DatabaseSchema {
  readonly tables: ReadonlyMap<string, TableSchema>;
  readonly functions: ReadonlyMap<string, FunctionSchema>;
  /**
   * Record accesses by name. `grantMs` is DURATION FOR GRANT, which the database keeps only for an access WITH REFRESH.
   */
  readonly accesses: ReadonlyMap<string, { readonly grantMs?: number }>;
  /** Changes whenever anything changes that plans or permissions depend on. */
  readonly hash: string;
}

export interface TableSchema {
  readonly name: string;
  readonly isSchemafull: boolean;
  /** Whether changes of the table reach the gateway, that is whether it has the event that `installGateway` adds. */
  readonly isWatched?: boolean;
  readonly permissions: Readonly<Record<'select' | 'create' | 'update' | 'delete', Permission>>;
  /** By name; nested ones like `errors.*`. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly indexes: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly isUnique: boolean;
  }[];
}

/** `true`: everyone; `false`: no client; a string: an expression of SurrealQL. */
export type Permission = boolean | string;

export interface FieldSchema {
  readonly name: string;
  /** As the database prints it: `option<record<user>>` is `none | record<user>`. `undefined`: any kind. */
  readonly kind: string | undefined;
  readonly select: Permission;
  readonly isReadonly: boolean;
  /** `false`: no client may set the field when it creates (or updates) a row. Absent: as the table's permission. */
  readonly create?: Permission;
  readonly update?: Permission;
  /** Computed by an expression at every read, so its value may depend on other rows. */
  readonly isComputed: boolean;
}

export interface FunctionSchema {
  /** Without `fn::`. */
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly kind: string }[];
  /** The kind that the function converts its result to, if it declares one. */
  readonly returns: string | undefined;
  /** The text between the braces. */
  readonly body: string;
  /** Whether every client may call it. */
  readonly isOpen: boolean;
}
