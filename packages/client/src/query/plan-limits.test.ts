import {
  CONDITIONS_MAX,
  IN_MAX,
  NESTING_MAX,
  NODES_MAX,
  type WireCondition,
  type WirePlan,
} from '@spookify/gateway/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validatePlan } from '../../../gateway/src/plans/validate/validate-plan.ts';
import type { DatabaseSchema } from '../../../gateway/src/schema/database-schema.ts';
import { readDatabaseSchema } from '../../../gateway/src/schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../../../gateway/src/testing/database.ts';
import { FIXTURE_SCHEMA } from '../testing/fixture-schema.ts';
import { checkLimits } from './plan-limits.ts';

let database: TestDatabase;
let schema: DatabaseSchema;
beforeAll(async () => {
  database = await startTestDatabase(FIXTURE_SCHEMA);
  schema = await readDatabaseSchema(database.owner);
});
afterAll(() => database.close());

const list = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));
const titled = (value: string): WireCondition => ({ field: 'title', is: 'eq', value });
const oneOf = (count: number): WireCondition => ({ field: 'title', is: 'in', value: list(count, String) });
const threads = (where: WireCondition): WirePlan => ({ table: 'thread', where });
const negated = (levels: number): WireCondition => (levels === 1 ? titled('x') : { not: negated(levels - 1) });

/** Threads with comments with their threads, and so on. */
function nested(levels: number, table = 'thread'): WirePlan {
  if (levels === 1) return { table };
  const many = table === 'thread';
  const below = nested(levels - 1, many ? 'comment' : 'thread');
  const plan = many ? { ...below, limit: 1 } : below;
  return { table, related: [{ name: many ? 'comments' : 'thread', many, field: 'thread', plan }] };
}

function isRefused(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    expect(error).toHaveProperty('code', expect.stringMatching(/^SPOOKY_(CLIENT|GATEWAY)_LIMIT$/));
    return true;
  }
}

describe('refuses the same plans in client and gateway:', () => {
  it.each<[string, number, (count: number) => WirePlan]>([
    ['conditions in a group', CONDITIONS_MAX - 1, (count) => threads({ any: list(count, (n) => titled(`${n}`)) })],
    ['conditions within each other', NESTING_MAX, (count) => threads(negated(count))],
    ['values of one "in"', IN_MAX, (count) => threads(oneOf(count))],
    ['values of all "in"', IN_MAX, (count) => threads({ any: [oneOf(IN_MAX / 2), oneOf(count - IN_MAX / 2)] })],
    [
      'values of all nodes',
      IN_MAX,
      (count) => {
        const where: WireCondition = { field: 'content', is: 'in', value: list(count - IN_MAX / 2, String) };
        const plan = { table: 'comment', where };
        return { ...threads(oneOf(IN_MAX / 2)), related: [{ name: 'c', many: true, field: 'thread', plan }] };
      },
    ],
    [
      'relations',
      NODES_MAX - 1,
      (count) => ({
        table: 'thread',
        related: list(count, (n) => ({ name: `r${n}`, many: true, field: 'thread', plan: { table: 'comment' } })),
      }),
    ],
    ['relations within each other', NESTING_MAX, (count) => nested(count)],
  ])('with too many %s', (_, most, planOf) => {
    for (const count of [most - 1, most, most + 1]) {
      const plan = planOf(count);
      const refused = [isRefused(() => checkLimits(plan)), isRefused(() => validatePlan(schema, plan))];
      expect(refused, `${count}`).toEqual([count > most, count > most]);
    }
  });
});
