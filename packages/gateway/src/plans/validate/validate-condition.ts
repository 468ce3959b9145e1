import type { TableSchema } from '../../schema/database-schema.ts';
import { CONDITIONS_MAX, IN_MAX, NESTING_MAX } from '../../wire/limits.ts';
import type { Condition, Operator } from '../condition.ts';
import { badPlan, describeValue, overLimit } from '../plan-error.ts';
import { visibleField } from '../visible-fields.ts';
import { listOf, membersOf, textOf } from './read-members.ts';
import { checkComparison } from './validate-comparison.ts';
import { planValue } from './validate-value.ts';

/** Totals over all nodes of a plan. */
export interface Count {
  conditions: number;
  /** The values of all "in" conditions. */
  values: number;
}

const OPERATORS: readonly Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'contains'];

/** @throws GatewayError SPOOKY_GATEWAY_BAD_PLAN, SPOOKY_GATEWAY_LIMIT */
export function validateCondition(table: TableSchema, wire: unknown, path: string, count: Count, depth = 1): Condition {
  count.conditions += 1;
  if (count.conditions > CONDITIONS_MAX) {
    throw overLimit(path, `a plan has at most ${CONDITIONS_MAX} conditions; use "in" for many values of one field.`);
  }
  if (depth > NESTING_MAX) {
    throw overLimit(path, `conditions are nested at most ${NESTING_MAX} levels deep; flatten them.`);
  }
  const members = membersOf(wire, path, ['field', 'is', 'value', 'all', 'any', 'not']);
  for (const kind of ['all', 'any'] as const) {
    if (!members.has(kind)) continue;
    onlyMember(members, kind, path);
    const conditions = listOf(members.get(kind), `${path}.${kind}`).map((item, index) =>
      validateCondition(table, item, `${path}.${kind}[${index}]`, count, depth + 1),
    );
    return { kind, conditions };
  }
  if (members.has('not')) {
    onlyMember(members, 'not', path);
    return { kind: 'not', condition: validateCondition(table, members.get('not'), `${path}.not`, count, depth + 1) };
  }
  return comparisonOf(table, members, path, count);
}

function comparisonOf(
  table: TableSchema,
  members: ReadonlyMap<string, unknown>,
  path: string,
  count: Count,
): Condition {
  const field = textOf(members.get('field'), `${path}.field`);
  const schema = field === 'id' ? undefined : visibleField(table, field);
  if (field !== 'id' && schema === undefined) {
    throw badPlan(
      `${path}.field`,
      `there is no field ${describeValue(field)} of ${table.name} that clients may read; check its name and its PERMISSIONS.`,
    );
  }
  const operator = OPERATORS.find((one) => one === members.get('is'));
  if (operator === undefined) {
    throw badPlan(`${path}.is`, `${describeValue(members.get('is'))} is not an operator; use ${OPERATORS.join(', ')}.`);
  }
  if (!members.has('value')) throw badPlan(path, 'a comparison needs a value; for NONE write {"$none":1}.');
  const raw = members.get('value');
  if (operator === 'in' && Array.isArray(raw)) {
    count.values += raw.length;
    // The engine compares each row with every value and rarely checks its time limit while it does.
    if (count.values > IN_MAX) {
      throw overLimit(`${path}.value`, `"in" takes at most ${IN_MAX} values, all of a plan together; split the query.`);
    }
  }
  const value = planValue(raw, `${path}.value`);
  checkComparison(table, { field, kind: schema?.kind, operator, value }, `${path}.value`);
  return { kind: 'compare', field, operator, value };
}

function onlyMember(members: ReadonlyMap<string, unknown>, name: string, path: string): void {
  if (members.size > 1)
    throw badPlan(path, `"${name}" must be the only member; put the other conditions into its list.`);
}
