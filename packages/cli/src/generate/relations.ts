import { splitName } from './field-tree.ts';
import { isReadable } from './field-type.ts';
import { parseKind, recordTables } from './kind.ts';
import type { TableStructure } from './structure.ts';

/** A relation from one table to another. */
export interface Relation {
  readonly name: string;
  readonly table: string;
  /** Whether several rows of the other table belong to one row of this table. */
  readonly many: boolean;
  /** The field with the record id. It is in this table for a to-one relation, in the other for a to-many relation. */
  readonly field: string;
}

/**
 * Derives the relations of every table. A `record<x>` field is a to-one relation with the name of the field. If an index begins with
 * the field, `x` also gets a to-many relation in the other direction, which is read by that index. Its name is the name of the table with
 * an `s` (`job.assigned_to` gives `jobs`). If that name is taken, the field is appended (`jobs_created_by`).
 */
export function relationsOf(tables: readonly TableStructure[]): ReadonlyMap<string, readonly Relation[]> {
  const relations = new Map<string, Relation[]>(tables.map(({ name }) => [name, []]));
  const taken = new Map(tables.map(({ name, fields }) => [name, new Set(fields.map((field) => field.name))]));
  const back: { readonly to: string; readonly relation: Relation }[] = [];

  for (const { name: table, fields, indexes } of tables) {
    const indexed = new Set(indexes.map(({ cols }) => cols[0]));
    for (const field of fields) {
      const [name, ...nested] = splitName(field.name);
      const [target, ...others] = recordTables(parseKind(field.kind));
      if (name === undefined || nested.length > 0 || target === undefined || others.length > 0) continue;
      if (!relations.has(target) || !isReadable(field)) continue;
      relations.get(table)?.push({ name, table: target, many: false, field: name });
      if (indexed.has(name)) back.push({ to: target, relation: { name: `${table}s`, table, many: true, field: name } });
    }
  }
  for (const { to, relation } of back) {
    const names = taken.get(to);
    const name = names?.has(relation.name) ? `${relation.name}_${relation.field}` : relation.name;
    names?.add(name);
    relations.get(to)?.push({ ...relation, name });
  }
  return relations;
}
