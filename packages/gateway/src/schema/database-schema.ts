/** What the gateway knows of the database: read from INFO, never from files. */
export interface DatabaseSchema {
  readonly tables: ReadonlyMap<string, TableSchema>;
  readonly functions: ReadonlyMap<string, FunctionSchema>;
  /** Record accesses by name. Durations in milliseconds. The database keeps DURATION FOR GRANT only WITH REFRESH. */
  readonly accesses: ReadonlyMap<string, { readonly grantMs?: number }>;
  /** Changes with anything that plans or permissions depend on. */
  readonly hash: string;
}

export interface TableSchema {
  readonly name: string;
  readonly isSchemafull: boolean;
  /** Whether its changes reach the gateway: it has the event that `installGateway` adds. */
  readonly isWatched?: boolean;
  readonly permissions: Readonly<Record<'select' | 'create' | 'update' | 'delete', Permission>>;
  /** By name, nested ones as in `errors.*`. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly indexes: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly isUnique: boolean;
  }[];
}

/** `true` for everyone, `false` for no client, otherwise an expression of SurrealQL. */
export type Permission = boolean | string;

export interface FieldSchema {
  readonly name: string;
  /** As the database prints it: `option<record<user>>` is `none | record<user>`. Absent: anything. */
  readonly kind: string | undefined;
  readonly select: Permission;
  readonly isReadonly: boolean;
  /** `false`: no client sets it when it creates or updates a row. Absent: as the table's. */
  readonly create?: Permission;
  readonly update?: Permission;
  /** Made by an expression whenever it is read, so it may depend on other rows. */
  readonly isComputed: boolean;
}

export interface FunctionSchema {
  /** Without `fn::`. */
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly kind: string }[];
  /** The kind that the result is forced into, if the function says so. */
  readonly returns: string | undefined;
  /** The text between the braces. */
  readonly body: string;
  /** Whether every client may call it. */
  readonly isOpen: boolean;
}
