/**
 * The schema without one clause, for every clause: each permission and each part of a condition, each type, VALUE, ASSERT,
 * DEFAULT and READONLY of a field, each unique index, event, and check of a sign-up or sign-in.
 *
 * Uses what the engine reports about the schema (INFO … STRUCTURE), so a clause is found regardless of its spelling.
 */
import { escapeIdent, type Surreal } from 'surrealdb';
import { UNDECLARED } from './cells.ts';

/** A table, and the fields that a clause concerns. */
interface Place {
  readonly table: string;
  readonly fields: readonly string[];
}

/** A clause, and the statements that remove and restore it. */
export interface Clause {
  /** A readable name: `note: FOR update WHERE author = $auth.id`. */
  readonly name: string;
  /** Where a difference appears first: a field, a table, or the accounts. */
  readonly at: Place | 'accounts';
  readonly remove: string;
  readonly restore: string;
}

type Permission = boolean | string;
type Permissions = Readonly<Record<string, Permission>>;

interface FieldInfo {
  readonly name: string;
  readonly kind?: string;
  readonly default?: string;
  readonly default_always?: boolean;
  readonly value?: string;
  readonly assert?: string;
  readonly readonly: boolean;
  readonly flexible?: boolean;
  readonly computed?: string;
  readonly reference?: object;
  readonly permissions: Permissions;
}

interface TableInfo {
  readonly name: string;
  readonly schemafull: boolean;
  readonly permissions: Permissions;
}

interface DatabaseInfo {
  readonly tables: readonly TableInfo[];
  readonly functions: readonly { name: string; args: readonly (readonly [string, string])[]; block: string }[];
}

export interface Schema {
  readonly database: DatabaseInfo;
  /** The statement that defines each access, without its keys. */
  readonly accesses: Readonly<Record<string, string>>;
  readonly fields: ReadonlyMap<string, readonly FieldInfo[]>;
  readonly indexes: ReadonlyMap<string, readonly { name: string; cols: readonly string[]; index: string }[]>;
  readonly events: ReadonlyMap<string, readonly { name: string; when: string; then: readonly string[] }[]>;
}

export async function readSchema(root: Surreal): Promise<Schema> {
  const [database] = await root.query<[DatabaseInfo]>('INFO FOR DB STRUCTURE');
  const [{ accesses }] = await root.query<[{ accesses: Schema['accesses'] }]>('INFO FOR DB');
  const [fields, indexes, events] = [new Map(), new Map(), new Map()];
  for (const { name } of database.tables) {
    const [table] = await root.query<[{ fields: unknown; indexes: unknown; events: unknown }]>(
      `INFO FOR TABLE ${escapeIdent(name)} STRUCTURE`,
    );
    fields.set(name, table.fields);
    indexes.set(name, table.indexes);
    events.set(name, table.events);
  }
  return { database, accesses, fields, indexes, events };
}

/** Returns every clause of the schema. */
export function clausesOf(schema: Schema): Clause[] {
  return [
    ...schema.database.tables.flatMap((table) => tableClauses(table)),
    ...[...schema.fields].flatMap(([table, fields]) =>
      fields.filter(isDefined).flatMap((field) => fieldClauses(table, field)),
    ),
    ...[...schema.indexes].flatMap(([table, indexes]) => indexes.flatMap((index) => indexClauses(table, index))),
    ...[...schema.events].flatMap(([table, events]) => events.map((event) => eventClause(table, event))),
    ...schema.database.functions.flatMap((called) => functionClauses(schema, called)),
    ...Object.entries(schema.accesses).flatMap(([name, definition]) => accessClauses(name, definition)),
  ];
}

function tableClauses(table: TableInfo): Clause[] {
  const t = escapeIdent(table.name);
  const restore = `ALTER TABLE ${t} PERMISSIONS ${permissionsText(table.permissions)}`;
  const clauses = Object.entries(table.permissions).flatMap(([verb, permission]) =>
    weaker(permission).map(({ without, permission: weak }) => ({
      name: `${table.name}: FOR ${verb} ${without}`,
      at: { table: table.name, fields: [] },
      remove: `ALTER TABLE ${t} PERMISSIONS ${permissionsText({ ...table.permissions, [verb]: weak })}`,
      restore,
    })),
  );
  if (!table.schemafull) return clauses;
  const full = { remove: `ALTER TABLE ${t} SCHEMALESS`, restore: `ALTER TABLE ${t} SCHEMAFULL` };
  return [...clauses, { name: `${table.name}: SCHEMAFULL`, at: { table: table.name, fields: [UNDECLARED] }, ...full }];
}

/** Returns a permission without one of its conditions. Without its last condition, every user has the permission. */
function weaker(permission: Permission): { without: string; permission: Permission }[] {
  if (permission === true) return [];
  if (permission === false) return [{ without: 'NONE', permission: true }];
  return conditionsOf(permission).map((without, index, all) => ({
    without: `WHERE ${without}`,
    permission: all.length === 1 ? true : all.filter((_, other) => other !== index).join(' AND '),
  }));
}

const permissionsText = (permissions: Permissions): string =>
  Object.entries(permissions)
    .map(([verb, permission]) => {
      if (typeof permission === 'string') return `FOR ${verb} WHERE ${permission}`;
      return `FOR ${verb} ${permission ? 'FULL' : 'NONE'}`;
    })
    .join(' ');

/** The engine itself defines the items of an `array<…>`. */
const isDefined = ({ name }: FieldInfo): boolean => !name.endsWith('.*');

function fieldClauses(table: string, field: FieldInfo): Clause[] {
  const without = (name: string, changed: Partial<Record<keyof FieldInfo, unknown>>): Clause => ({
    name: `${table}.${field.name}: ${name}`,
    at: { table, fields: [field.name] },
    remove: fieldText(table, { ...field, ...changed } as FieldInfo),
    restore: fieldText(table, field),
  });
  const clauses: Clause[] = [];
  if (field.kind !== undefined && field.kind !== 'any') {
    clauses.push(without(`TYPE ${field.kind}`, { kind: 'any', flexible: false }));
  }
  for (const part of ['default', 'value', 'assert', 'computed'] as const) {
    if (field[part] === undefined) continue;
    const conditions = part === 'assert' ? conditionsOf(field[part]) : [];
    if (conditions.length < 2) clauses.push(without(`${part.toUpperCase()} ${field[part]}`, { [part]: undefined }));
    else {
      conditions.forEach((condition, index) => {
        const rest = conditions.filter((_, other) => other !== index).join(' AND ');
        clauses.push(without(`ASSERT ${condition}`, { assert: rest }));
      });
    }
  }
  if (field.readonly) clauses.push(without('READONLY', { readonly: false }));
  for (const [verb, permission] of Object.entries(field.permissions)) {
    for (const { without: name, permission: weak } of weaker(permission)) {
      clauses.push(without(`FOR ${verb} ${name}`, { permissions: { ...field.permissions, [verb]: weak } }));
    }
  }
  return clauses;
}

function fieldText(table: string, field: FieldInfo): string {
  const { name, kind, value, assert, readonly, computed, permissions } = field;
  const parts = [`DEFINE FIELD OVERWRITE ${name} ON ${escapeIdent(table)}`];
  if (kind !== undefined) parts.push(`TYPE ${kind}${field.flexible ? ' FLEXIBLE' : ''}`);
  if (field.default !== undefined) parts.push(`DEFAULT ${field.default_always ? 'ALWAYS ' : ''}${field.default}`);
  if (value !== undefined) parts.push(`VALUE ${value}`);
  if (assert !== undefined) parts.push(`ASSERT ${assert}`);
  if (readonly) parts.push('READONLY');
  if (computed !== undefined) parts.push(`COMPUTED ${computed}`);
  parts.push(`PERMISSIONS ${permissionsText(permissions)}`);
  return parts.join(' ');
}

function indexClauses(table: string, { name, cols, index }: { name: string; cols: readonly string[]; index: string }) {
  if (!/UNIQUE/i.test(String(index))) return [];
  const define = `DEFINE INDEX OVERWRITE ${escapeIdent(name)} ON ${escapeIdent(table)} FIELDS ${cols.join(', ')}`;
  return [{ name: `${table}: ${name} UNIQUE`, at: { table, fields: [] }, remove: define, restore: `${define} UNIQUE` }];
}

function eventClause(table: string, { name, when, then }: { name: string; when: string; then: readonly string[] }) {
  const [event, t] = [escapeIdent(name), escapeIdent(table)];
  return {
    name: `${table}: EVENT ${name}`,
    at: { table, fields: [] },
    remove: `REMOVE EVENT ${event} ON ${t}`,
    restore: `DEFINE EVENT OVERWRITE ${event} ON ${t} WHEN ${when} THEN ${then.map((part) => `(${part})`).join(', ')}`,
  };
}

/** Returns a function whose body ends in `RETURN a AND b`, without one of the conditions. */
function functionClauses(schema: Schema, { name, args, block }: DatabaseInfo['functions'][number]): Clause[] {
  const at = block.lastIndexOf('RETURN ');
  const end = block.lastIndexOf('}');
  const conditions = conditionsOf(
    block
      .slice(at + 'RETURN '.length, end)
      .trim()
      .replace(/;$/, ''),
  );
  const define = (body: string): string =>
    `DEFINE FUNCTION OVERWRITE fn::${name}(${args.map(([arg, kind]) => `$${arg}: ${kind}`).join(', ')}) ${body}`;
  const user = schema.database.tables.find(({ permissions }) => uses(schema, Object.values(permissions), name));
  return conditions.map((condition, index) => {
    const rest = conditions.filter((_, other) => other !== index).join(' AND ') || 'true';
    return {
      name: `fn::${name}: ${condition}`,
      at: { table: user?.name ?? '', fields: namedIn(condition, schema.fields.get(user?.name ?? '')) },
      remove: define(`${block.slice(0, at)}RETURN ${rest} }`),
      restore: define(block),
    };
  });
}

/** Removes each part of each IF of a sign-up, which then no longer throws for it, and the password check of a sign-in. */
function accessClauses(name: string, definition: string): Clause[] {
  const define = (text: string): string => text.replace('DEFINE ACCESS', 'DEFINE ACCESS OVERWRITE');
  const compare = /crypto::argon2::compare\([^)]*\)/;
  const password: Clause = {
    name: `access ${name}: ${compare.exec(definition)?.[0]}`,
    at: 'accounts',
    remove: define(definition.replace(compare, 'true')),
    restore: define(definition),
  };
  const checks = [...definition.matchAll(/IF (?<condition>(?:(?!IF ).)+?) \{ THROW/g)].flatMap(
    ({ 0: whole, groups, index }) => {
      const { condition = '' } = groups ?? {};
      const parts = condition.split(' OR ');
      return parts.map((part, at): Clause => {
        const rest = parts.filter((_, other) => other !== at).join(' OR ') || 'false';
        // A function, because `$'` in the text would mean the text after the match.
        const weaker = whole.replace(condition, () => rest);
        const changed = definition.slice(0, index) + weaker + definition.slice(index + whole.length);
        return {
          name: `access ${name}: IF ${part}`,
          at: 'accounts',
          remove: define(changed),
          restore: define(definition),
        };
      });
    },
  );
  return [password, ...checks];
}

/** Returns the fields that a condition on `$job` or a similar variable names. */
function namedIn(condition: string, fields: readonly FieldInfo[] = []): string[] {
  const named = new Set(Array.from(condition.matchAll(/\$\w+\.(\w+)/g), ([, name]) => name));
  return fields.map(({ name }) => name).filter((name) => named.has(name));
}

/** Whether texts call a function, directly or through another one. */
function uses(schema: Schema, texts: readonly Permission[], name: string): boolean {
  return texts.some(
    (text) =>
      typeof text === 'string' &&
      (text.includes(`fn::${name}(`) ||
        schema.database.functions.some(
          (other) => other.name !== name && text.includes(`fn::${other.name}(`) && uses(schema, [other.block], name),
        )),
  );
}

/** Returns the parts of a condition that AND joins, outside of brackets and strings. */
export function conditionsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote: string | undefined;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote !== undefined) {
      if (character === '\\') at += 1;
      else if (character === quote) quote = undefined;
    } else if (`'"\``.includes(character)) quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    else if (depth === 0 && / OR /y.test(text.slice(at, at + 4))) return [text];
    else if (depth === 0 && text.startsWith(' AND ', at)) {
      parts.push(text.slice(start, at));
      start = at + ' AND '.length;
    }
  }
  return [...parts, text.slice(start)];
}
