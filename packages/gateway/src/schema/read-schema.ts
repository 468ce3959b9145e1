import { createHash } from 'node:crypto';
import type { Queries } from '@spookify/surreal-link';
import { Duration, escapeIdent } from 'surrealdb';
import { CHANGE_EVENT, OWN_PREFIX } from '../install/names.ts';
import type { DatabaseSchema, FieldSchema, FunctionSchema, Permission, TableSchema } from './database-schema.ts';

/** The table in which `spooky db migrate` records migrations. It does not belong to the application. */
const MIGRATION_TABLE = 'migration';

interface DatabaseInfo {
  readonly accesses: readonly { readonly name: string; readonly duration?: { readonly grant?: unknown } }[];
  readonly functions: readonly {
    readonly name: string;
    readonly args: readonly (readonly [name: string, kind: string])[];
    readonly block: string;
    readonly permissions: Permission;
    readonly returns?: string;
  }[];
  readonly tables: readonly {
    readonly name: string;
    readonly schemafull: boolean;
    readonly permissions: TableSchema['permissions'];
  }[];
}

interface TableInfo {
  readonly fields: readonly {
    readonly name: string;
    readonly kind?: string;
    readonly readonly: boolean;
    readonly computed?: string;
    readonly permissions: { readonly select: Permission; readonly create: Permission; readonly update: Permission };
  }[];
  readonly events: readonly { readonly name: string }[];
  readonly indexes: readonly { readonly name: string; readonly cols: readonly string[]; readonly index: string }[];
}

/**
 * Reads the schema in two round trips: INFO of the database, then INFO of every table in one text.
 *
 * @param queries a service user with the role VIEWER or more
 * @throws ServerError if a table is removed between the two; call again
 */
export async function readDatabaseSchema(queries: Queries): Promise<DatabaseSchema> {
  const info = await queries.query<DatabaseInfo>('INFO FOR DB STRUCTURE');
  const shown = info.tables.filter(({ name }) => !name.startsWith(OWN_PREFIX) && name !== MIGRATION_TABLE);
  const text = shown.map(({ name }) => `INFO FOR TABLE ${escapeIdent(name)} STRUCTURE`).join('; ');
  const infos = shown.length === 0 ? [] : await queries.queryAll<TableInfo[]>(text);
  const tables = shown.flatMap((table, index) => {
    const details = infos[index];
    return details === undefined ? [] : [tableOf(table, details)];
  });
  const functions = info.functions.map(functionOf);
  const accesses = info.accesses
    .filter(({ name }) => !name.startsWith(OWN_PREFIX))
    .map(({ name, duration }) => [name, grantOf(duration?.grant)] as const);
  const hash = createHash('sha256')
    .update(JSON.stringify([tables.map(plain), functions, accesses]))
    .digest('hex');
  return {
    tables: byName(tables),
    functions: byName(functions),
    accesses: new Map(accesses),
    hash,
  };
}

function tableOf({ name, schemafull, permissions }: DatabaseInfo['tables'][number], info: TableInfo): TableSchema {
  const { select, create, update, delete: remove } = permissions;
  return {
    name,
    isSchemafull: schemafull,
    isWatched: info.events.some((event) => event.name === CHANGE_EVENT),
    permissions: { select, create, update, delete: remove },
    fields: byName(info.fields.map(fieldOf)),
    // Other indexes are for full text, vectors and counts. They cannot find rows by a value.
    indexes: info.indexes
      .filter(({ index }) => index === '' || index === 'UNIQUE')
      .map(({ name: index, cols, index: form }) => ({ name: index, fields: cols, isUnique: form === 'UNIQUE' })),
  };
}

function fieldOf({ name, kind, readonly, computed, permissions }: TableInfo['fields'][number]): FieldSchema {
  const { select, create, update } = permissions;
  return { name, kind, select, create, update, isReadonly: readonly, isComputed: computed !== undefined };
}

function functionOf({ name, args, block, permissions, returns }: DatabaseInfo['functions'][number]): FunctionSchema {
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(block)?.[1] ?? block;
  const parameters = args.map(([parameter, kind]) => ({ name: parameter, kind }));
  return { name, parameters, returns, body: body.trim(), isOpen: permissions === true };
}

function grantOf(grant: unknown): { readonly grantMs?: number } {
  return grant instanceof Duration ? { grantMs: Number(grant.milliseconds) } : {};
}

function plain({ fields, ...table }: TableSchema): object {
  return { ...table, fields: [...fields.values()] };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}
