import { isPlain } from '@spookify/surreal-link/values';
import { OWN_PREFIX } from '../install/names.ts';
import { columns } from '../plans/visible-fields.ts';
import type { DatabaseSchema, FieldSchema, TableSchema } from '../schema/database-schema.ts';
import { presentAlternatives } from '../schema/kinds.ts';
import type { Backends } from './backends.ts';
import { checkedJob, checkedOutboxRow, requireJobKey } from './check-job.ts';
import { badWrite, checkedId, checkedValue } from './check-values.ts';
import type { Fields, Write } from './write.ts';

/** The members of each kind besides `kind`, as in wire/plan.ts. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  create: ['id', 'fields'],
  update: ['id', 'fields', 'base'],
  delete: ['id'],
  run: ['id', 'backend', 'path', 'payload', 'options'],
};

/**
 * @param wire anything that a browser can send
 * @throws GatewayError SPOOKY_GATEWAY_BAD_WRITE, _UNKNOWN_ROUTE, _BAD_PAYLOAD or _LIMIT
 */
export function checkWrite(wire: unknown, schema: DatabaseSchema, backends: Backends): Write {
  if (!isPlain(wire) || typeof wire.kind !== 'string' || !Object.hasOwn(MEMBERS, wire.kind)) {
    throw badWrite('kind: must be create, update, delete or run.');
  }
  const members = MEMBERS[wire.kind] ?? [];
  const unknown = Object.keys(wire).find((name) => name !== 'kind' && !members.includes(name));
  if (unknown !== undefined) throw badWrite(`A ${wire.kind} takes ${members.join(', ')} and nothing else.`);
  const id = checkedId(wire.id, 'id');
  switch (wire.kind) {
    case 'delete':
      return { kind: 'delete', id, table: tableOf(schema, id.table.name, 'delete') };
    case 'update': {
      const table = tableOf(schema, id.table.name, 'update');
      const fields = checkedFields(wire.fields, table, 'update');
      if (fields.size === 0) throw badWrite('fields: must name at least one field to set.');
      return { kind: 'update', id, table, fields, base: checkedBase(wire.base, table, fields) };
    }
    case 'run': {
      const job = checkedJob(wire, backends);
      const table = tableOf(schema, job.table, 'create');
      if (id.table.name !== table.name) throw badWrite(`id: must be a record of "${table.name}".`);
      requireJobKey(id);
      return { kind: 'run', id, table, ...job.content };
    }
    default: {
      const table = tableOf(schema, id.table.name, 'create');
      const fields = checkedFields(wire.fields, table, 'create');
      checkedOutboxRow(id, fields, backends);
      return { kind: 'create', id, table, fields };
    }
  }
}

/** For clients, the engine's tables and tables that are closed to them do not exist. */
function tableOf({ tables }: DatabaseSchema, name: string, action: 'create' | 'update' | 'delete'): TableSchema {
  const table = name.startsWith(OWN_PREFIX) ? undefined : tables.get(name);
  if (table !== undefined && table.permissions[action] !== false) return table;
  throw badWrite(`id: no record of this table can be created, changed or deleted in this way; check its name.`);
}

function checkedFields(fields: unknown, table: TableSchema, action: 'create' | 'update'): Fields {
  if (!isPlain(fields)) throw badWrite('fields: must be an object.');
  const checked = Object.entries(fields).map(([name, value]): [string, unknown] => {
    const field = name === 'id' || name.includes('.') ? undefined : table.fields.get(name);
    if (field === undefined || field[action] === false) {
      throw badWrite(
        `fields: clients may not set one of these fields of "${table.name}", or it does not exist; check their names.`,
      );
    }
    const checked = checkedValue(value, `fields.${name}`);
    requireFits(checked, field);
    return [name, checked];
  });
  return new Map(checked);
}

/**
 * A conflict answers with the stored values, so a base may name only fields that every reader of the row sees. A field
 * whose permission depends on the row is hidden from all clients, and so is one with a hidden member.
 */
function checkedBase(base: unknown, table: TableSchema, fields: Fields): Fields {
  if (base === undefined) return new Map();
  if (!isPlain(base)) throw badWrite('base: must be an object.');
  const checked = Object.entries(base).map(([name, value]): [string, unknown] => {
    if (!fields.has(name)) throw badWrite('base: may name only fields that the write sets.');
    if (!columns(table).includes(name)) {
      throw badWrite('base: clients may not read one of these fields; leave it out of the base.');
    }
    return [name, checkedValue(value, `base.${name}`)];
  });
  return new Map(checked);
}

/** The engine would store the largest integer instead. */
function requireFits(value: unknown, { name, kind }: FieldSchema): void {
  if (typeof value !== 'number' || Math.abs(value) < 2 ** 63 || !Number.isFinite(value)) return;
  const kinds = presentAlternatives(kind);
  if (!kinds.includes('int') || kinds.some((one) => ['any', 'float', 'number', 'decimal'].includes(one))) return;
  throw badWrite(`fields.${name}: The field holds integers of 64 bits; the number is larger.`);
}
