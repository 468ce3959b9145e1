import { issueOf } from '../../values/check-value.ts';
import { decodeValue, ValueError } from '../../wire/value.ts';
import { badPlan } from '../plan-error.ts';

/**
 * Decodes a value of a plan. Refuses values that the engine cannot hold, because they would fail every statement in the
 * same text.
 *
 * @throws GatewayError SPOOKY_GATEWAY_BAD_PLAN
 */
export function planValue(wire: unknown, path: string): unknown {
  let value: unknown;
  try {
    value = decodeValue(wire);
  } catch (error) {
    if (error instanceof ValueError) throw badPlan(path, error.message);
    throw error;
  }
  const issue = issueOf(value, { use: 'compared' });
  if (issue === undefined) return value;
  throw badPlan(`${path}${issue.path}`, issue.message);
}
