import {
  CONDITIONS_MAX,
  IN_MAX,
  NESTING_MAX,
  NODES_MAX,
  type WireCondition,
  type WirePlan,
} from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';

/**
 * Refuses a finished plan that the gateway would refuse, before it is sent. It counts like the gateway: the plan itself
 * is a node and a level, and a group of conditions is a condition and a level.
 *
 * @throws SPOOKY_CLIENT_LIMIT
 */
export function checkLimits(plan: WirePlan): void {
  let nodes = 0;
  let conditions = 0;
  let values = 0;

  function visit({ where, related = [] }: WirePlan, depth: number): void {
    nodes += 1;
    if (depth > NESTING_MAX) throw tooMuch('levels of relations', depth, NESTING_MAX, 'Ask in several queries.');
    if (where !== undefined) visitCondition(where, 1);
    for (const { plan: child } of related) visit(child, depth + 1);
  }

  function visitCondition(condition: WireCondition, depth: number): void {
    conditions += 1;
    if (depth > NESTING_MAX) throw tooMuch('levels of conditions', depth, NESTING_MAX, 'Write them flatter.');
    if ('all' in condition) for (const inner of condition.all) visitCondition(inner, depth + 1);
    else if ('any' in condition) for (const inner of condition.any) visitCondition(inner, depth + 1);
    else if ('not' in condition) visitCondition(condition.not, depth + 1);
    else if (condition.is === 'in' && Array.isArray(condition.value)) values += condition.value.length;
  }

  visit(plan, 1);
  if (nodes > NODES_MAX) throw tooMuch('relations', nodes - 1, NODES_MAX - 1, 'Ask in several queries.');
  if (conditions > CONDITIONS_MAX) {
    throw tooMuch('conditions', conditions, CONDITIONS_MAX, 'Use `in` for many values of one field.');
  }
  if (values > IN_MAX) throw tooMuch('values of `in`', values, IN_MAX, 'Ask in several queries.');
}

function tooMuch(what: string, count: number, limit: number, remedy: string): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_LIMIT',
    `The query has ${count} ${what}; at most ${limit} are allowed. ${remedy}`,
  );
}
