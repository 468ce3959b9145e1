import type { DatabaseSchema, TableSchema } from '../../schema/database-schema.ts';
import { NESTING_MAX, NODES_MAX, ROWS_MAX } from '../../wire/limits.ts';
import type { Plan, Relation } from '../plan.ts';
import { badPlan, describeValue, overLimit } from '../plan-error.ts';
import { columns, visibleField, visibleTable } from '../visible-fields.ts';
import { flagOf, listOf, membersOf, textOf } from './read-members.ts';
import { type Count, validateCondition } from './validate-condition.ts';
import { validateRelation } from './validate-relation.ts';

/** The most orderings of one node. */
const ORDERINGS_MAX = 16;
/** A larger limit or offset is certainly a mistake. */
const SLICE_MAX = 1_000_000_000;

const MEMBERS = ['table', 'select', 'where', 'orderBy', 'limit', 'offset', 'single', 'count', 'related'];
/** What a plan that counts must not have. */
const MEMBERS_OF_ROWS = ['select', 'orderBy', 'limit', 'offset', 'single', 'related'];

/**
 * Checks a browser's plan against the schema and decodes its values.
 *
 * @throws GatewayError SPOOKY_GATEWAY_BAD_PLAN, SPOOKY_GATEWAY_LIMIT; the message begins with the place, such as
 *   `plan.related[0].where.any[3]`
 */
export function validatePlan(schema: DatabaseSchema, wire: unknown): Plan {
  const counts: Count = { conditions: 0, values: 0 };
  let nodes = 0;

  function planOf(value: unknown, path: string, depth: number, place: Place): Plan {
    nodes += 1;
    if (nodes > NODES_MAX) throw overLimit(path, `a plan has at most ${NODES_MAX} nodes; ask for fewer relations.`);
    if (depth > NESTING_MAX) {
      throw overLimit(
        path,
        `relations are nested at most ${NESTING_MAX} levels deep; read the inner ones with a separate plan.`,
      );
    }
    const members = membersOf(value, path, MEMBERS);
    const table = tableOf(schema, members.get('table'), `${path}.table`);
    const where = members.get('where');
    const single = flagOf(members.get('single'), `${path}.single`);
    const count = flagOf(members.get('count'), `${path}.count`);
    if (count) requireNoRows(members, path);
    const limit = numberOf(members.get('limit'), `${path}.limit`);
    const most = place.most * (single || !place.many ? 1 : Math.min(limit ?? ROWS_MAX, ROWS_MAX));
    if (place.isShared && place.many && most > ROWS_MAX) throw tooMany(path);
    return {
      table: table.name,
      select: count ? [] : selectOf(table, members.get('select'), `${path}.select`),
      where: where === undefined ? undefined : validateCondition(table, where, `${path}.where`, counts),
      orderBy: orderOf(table, members.get('orderBy'), `${path}.orderBy`),
      limit,
      offset: numberOf(members.get('offset'), `${path}.offset`) ?? 0,
      single,
      count,
      related: relationsOf(table, members.get('related'), `${path}.related`, depth, { ...place, most }),
    };
  }

  function relationsOf(
    table: TableSchema,
    value: unknown,
    path: string,
    depth: number,
    above: Place,
  ): readonly Relation[] {
    const names = new Set<string>();
    return listOf(value ?? [], path).map((item, index) => {
      const at = `${path}[${index}]`;
      if (index >= NODES_MAX) throw overLimit(path, `a plan has at most ${NODES_MAX} nodes; ask for fewer relations.`);
      const relation = validateRelation(table, schema, item, at, (plan, many) =>
        planOf(plan, `${at}.plan`, depth + 1, { most: above.most, many, isShared: above.isShared || !many }),
      );
      if (names.has(relation.name))
        throw badPlan(`${at}.name`, `"${relation.name}" is used twice; choose another name.`);
      names.add(relation.name);
      return relation;
    });
  }

  return planOf(wire, 'plan', 1, { most: 1, many: true, isShared: false });
}

/**
 * The place of a node: `most` is the number of rows it can belong to, `isShared` whether several of them can lead to
 * the same rows.
 */
interface Place {
  readonly most: number;
  readonly many: boolean;
  readonly isShared: boolean;
}

/**
 * Rows below a relation to one are read once for each row that points to the same record, and the numbers multiply at
 * each level. A small plan could therefore ask for more rows than the database has.
 */
function tooMany(path: string): Error {
  return overLimit(
    path,
    `rows below a relation to one multiply; give limits whose product is at most ${ROWS_MAX} to this list and those above.`,
  );
}

function requireNoRows(members: ReadonlyMap<string, unknown>, path: string): void {
  const name = MEMBERS_OF_ROWS.find((one) => members.has(one));
  if (name !== undefined) {
    throw badPlan(`${path}.${name}`, 'a plan with "count" has only table and where; leave this out, or count.');
  }
}

function tableOf(schema: DatabaseSchema, value: unknown, path: string): TableSchema {
  const name = textOf(value, path);
  const table = visibleTable(schema, name);
  if (table === undefined) {
    throw badPlan(
      path,
      `there is no table ${describeValue(name)} that clients may read; check its name and its PERMISSIONS.`,
    );
  }
  return table;
}

function selectOf(table: TableSchema, value: unknown, path: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const all = columns(table);
  const names = listOf(value, path).map((item, index) => {
    if (index > all.length + 1) throw overLimit(path, 'names more fields than the table has; name each field once.');
    const name = textOf(item, `${path}[${index}]`);
    if (name !== 'id' && !all.includes(name)) throw noField(table, name, `${path}[${index}]`);
    return name;
  });
  return [...new Set(names)].filter((name) => name !== 'id').sort();
}

function orderOf(table: TableSchema, value: unknown, path: string): Plan['orderBy'] {
  const items = listOf(value ?? [], path);
  if (items.length > ORDERINGS_MAX) throw overLimit(path, `at most ${ORDERINGS_MAX} orderings; leave some out.`);
  const order = new Map<string, boolean>();
  for (const [index, item] of items.entries()) {
    const at = `${path}[${index}]`;
    const members = membersOf(item, at, ['field', 'descending']);
    const field = textOf(members.get('field'), `${at}.field`);
    if (field !== 'id' && !columns(table).includes(field)) throw noField(table, field, `${at}.field`);
    const descending = flagOf(members.get('descending'), `${at}.descending`);
    // An ordering after `id`, or a repeated one, has no effect.
    if (!order.has('id') && !order.has(field)) order.set(field, descending);
  }
  const last = [...order.values()].at(-1);
  if (last !== undefined && !order.has('id')) order.set('id', last);
  return [...order].map(([field, descending]) => ({ field, descending }));
}

function numberOf(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= SLICE_MAX) return value;
  throw badPlan(path, `expected a whole number from 0 to ${SLICE_MAX}, not ${describeValue(value)}.`);
}

export function noField(table: TableSchema, name: string, path: string): Error {
  const hint = visibleField(table, name) === undefined ? '' : ' A member of a field can only be used in where.';
  return badPlan(
    path,
    `there is no field ${describeValue(name)} of ${table.name} that clients may read; check its name and its PERMISSIONS.${hint}`,
  );
}
