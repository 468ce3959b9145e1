import { type FieldDefault, fieldDefault } from '@spookify/gateway/schema';
import { type FieldNode, fieldTree } from './field-tree.ts';
import { isReadable, properties } from './field-type.ts';
import { isRecords, parseKind } from './kind.ts';
import { type Layout, literal, propertyKey, quote, typeBlock } from './layout.ts';
import { settable } from './outbox-table.ts';
import { type Relation, relationsOf } from './relations.ts';
import type { FieldStructure, TableStructure } from './structure.ts';

/** One table in the generated file: its type, and the value that the client reads at run time. */
export interface TableText {
  readonly type: Layout;
  readonly value: Layout;
}

/**
 * Lays out the tables that clients can use in any way, in the order of their names.
 *
 * @param outboxes the names of the job tables
 */
export function tableTexts(tables: readonly TableStructure[], outboxes: ReadonlySet<string>): TableText[] {
  const visible = tables.filter(({ permissions }) =>
    Object.values(permissions).some((permission) => permission !== false),
  );
  const relations = relationsOf(visible);
  return visible.map((table) => tableText(table, relations.get(table.name) ?? [], outboxes.has(table.name)));
}

function tableText(table: TableStructure, relations: readonly Relation[], isOutbox: boolean): TableText {
  const tree = fieldTree(table.fields.filter((field) => field.name !== 'id'));
  const id = `id: RecordId<${quote(table.name)}>`;
  const row = typeBlock([id, ...properties(tree, 'row')]);
  const writable = (use: 'create' | 'update'): Layout =>
    table.permissions[use] === false ? 'never' : objectOrEmpty(properties(isOutbox ? settable(tree, use) : tree, use));
  const related = relations.map(
    ({ name, table: target, many }) => `${propertyKey(name)}: { table: ${quote(target)}; many: ${many} }`,
  );
  const fields = [...tree].filter(([name, { field }]) => name !== '*' && isReadable(field)).map(([name]) => name);
  // This includes fields that can only be set, because the client converts text in them to record ids.
  const defaults = table.permissions.create === false ? {} : defaultsOf(tree);
  const records = [...tree].filter(([, { field }]) => isUsable(field) && isRecords(parseKind(field?.kind)));
  return {
    type: [
      `${propertyKey(table.name)}: `,
      typeBlock(
        [
          ['row: ', row],
          ['create: ', writable('create')],
          ['update: ', writable('update')],
          ['relations: ', objectOrEmpty(related)],
        ],
        true,
      ),
    ],
    value: [
      `${propertyKey(table.name)}: `,
      {
        open: '{',
        close: '}',
        separator: ',',
        broken: true,
        items: [
          ['fields: ', literal(['id', ...fields])],
          ...(records.length === 0 ? [] : [['records: ', literal(records.map(([name]) => name))]]),
          ...(Object.keys(defaults).length === 0 ? [] : [['defaults: ', literal(defaults)]]),
          ['relations: ', literal(Object.fromEntries(relations.map(({ name, ...relation }) => [name, relation])))],
        ],
      },
    ],
  };
}

/** What a new record gets for the fields that are left out, as far as it is certain. */
function defaultsOf(tree: ReadonlyMap<string, FieldNode>): Readonly<Record<string, FieldDefault>> {
  const known = [...tree].flatMap(([name, { field, children }]): [string, FieldDefault][] => {
    if (field === undefined || !isReadable(field) || field.permissions.create !== true) return [];
    const given = fieldDefault(field);
    return given === undefined || isCompleted(given, children) ? [] : [[name, given]];
  });
  return Object.fromEntries(known);
}

/** Whether nested fields may change the value, because they have defaults too. An empty list or object has no items. */
function isCompleted(given: FieldDefault, nested: FieldNode['children']): boolean {
  const isEmpty = 'value' in given && Object.keys(Object(given.value)).length === 0;
  return [...nested.keys()].some((name) => name !== '*' || !isEmpty);
}

function isUsable(field: FieldStructure | undefined): field is FieldStructure {
  return field !== undefined && Object.values(field.permissions).some((permission) => permission !== false);
}

/** An object type without properties must be `Record<never, never>`, because the type `{}` accepts almost any value. */
function objectOrEmpty(items: readonly Layout[]): Layout {
  return items.length === 0 ? 'Record<never, never>' : typeBlock(items);
}
