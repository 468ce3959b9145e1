import { Decimal, RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../errors.ts';
import type { DatabaseSchema } from '../../schema/database-schema.ts';
import { readDatabaseSchema } from '../../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import type { WireCondition } from '../../wire/index.ts';
import { validatePlan } from './validate-plan.ts';

let database: TestDatabase;
let schema: DatabaseSchema;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.owner.queryAll(`
    DEFINE FIELD secret ON note TYPE option<string> PERMISSIONS FOR select NONE;
    DEFINE FIELD half ON note TYPE option<string> PERMISSIONS FOR select WHERE author = $auth.id;
    DEFINE FIELD place ON note TYPE option<object>;
    DEFINE FIELD place.city ON note TYPE option<string>;
    DEFINE FIELD hiding ON note TYPE option<object>;
    DEFINE FIELD hiding.secret ON note TYPE option<string> PERMISSIONS FOR select NONE;`);
  schema = await readDatabaseSchema(database.owner);
});
afterAll(() => database.close());

function refusal(wire: unknown): string {
  try {
    validatePlan(schema, wire);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const where = (condition: unknown, table = 'task') => refusal({ table, where: condition });
const nested = (depth: number): WireCondition =>
  Array.from({ length: depth }).reduce<WireCondition>((not) => ({ not }), { field: 'title', is: 'eq', value: '' });

describe('a plan', () => {
  it('is checked and decoded', () => {
    const plan = validatePlan(schema, {
      table: 'task',
      select: ['title', 'done', 'title', 'id'],
      where: {
        all: [
          { field: 'position', is: 'in', value: [{ $d: '1.5' }, null] },
          { not: { field: 'done', is: 'eq', value: true } },
        ],
      },
      orderBy: [{ field: 'position', descending: true }, { field: 'position' }],
      limit: 5,
      related: [{ name: 'project', many: false, field: 'project', plan: { table: 'project', select: [] } }],
    });
    expect(plan).toEqual({
      table: 'task',
      select: ['done', 'title'],
      where: {
        kind: 'all',
        conditions: [
          { kind: 'compare', field: 'position', operator: 'in', value: [new Decimal('1.5'), null] },
          { kind: 'not', condition: { kind: 'compare', field: 'done', operator: 'eq', value: true } },
        ],
      },
      orderBy: [
        { field: 'position', descending: true },
        { field: 'id', descending: true },
      ],
      limit: 5,
      offset: 0,
      single: false,
      count: false,
      related: [
        {
          name: 'project',
          many: false,
          field: 'project',
          plan: {
            table: 'project',
            select: [],
            where: undefined,
            orderBy: [],
            limit: undefined,
            offset: 0,
            single: false,
            count: false,
            related: [],
          },
        },
      ],
    });
  });

  it.each([
    null,
    1,
    'task',
    [],
    {},
    { table: 1 },
    { table: ['task'] },
    { table: 'task', having: 1 },
    { table: 'task', limit: -1 },
    { table: 'task', limit: 1.5 },
    { table: 'task', limit: '1' },
    { table: 'task', offset: 1e12 },
    { table: 'task', single: 1 },
    { table: 'task', select: 'title' },
    { table: 'task', select: [1] },
    { table: 'task', orderBy: ['title'] },
    { table: 'task', orderBy: [{ field: 'title', direction: 'desc' }] },
    { table: 'task', related: {} },
    { table: 'task', related: [null] },
    JSON.parse('{"table":"task","__proto__":{"limit":1}}'),
  ])('is refused if its shape is wrong: %j', (wire) => {
    expect(refusal(wire)).toMatch(/^SPOOKY_GATEWAY_BAD_PLAN plan/);
  });

  it.each([
    'none',
    'credential',
    'spooky_session',
    'spooky_change',
    'constructor',
    '__proto__',
    'toString',
    '',
    'task; DELETE task',
    '`task`',
    'TASK',
  ])('cannot read the table %j', (table) => {
    expect(refusal({ table })).toMatch(/^SPOOKY_GATEWAY_BAD_PLAN plan\.table: there is no table/);
  });

  it.each([
    'secret',
    'half',
    'hiding',
    'hiding.secret',
    'nothing',
    'constructor',
    '__proto__',
    'place.street',
    'place.city.x',
    'author.name',
    '*',
    '',
    'labels.*',
    '`author`',
  ])('cannot select, order by or compare the field %j', (field) => {
    const message =
      /^SPOOKY_GATEWAY_BAD_PLAN plan\.(?:select\[0\]|orderBy\[0\]\.field|where\.any\[0\]\.field): there is no field/;
    expect(refusal({ table: 'note', select: [field] })).toMatch(message);
    expect(refusal({ table: 'note', orderBy: [{ field }] })).toMatch(message);
    expect(where({ any: [{ field, is: 'eq', value: 1 }] }, 'note')).toMatch(message);
  });

  it('that counts has only a table and conditions', () => {
    const plan = validatePlan(schema, { table: 'task', count: true, where: { field: 'done', is: 'eq', value: true } });
    expect(plan).toMatchObject({ table: 'task', select: [], orderBy: [], count: true, where: { field: 'done' } });
    const rest = { select: [], orderBy: [], limit: 1, offset: 0, single: false, related: [] };
    for (const [name, value] of Object.entries(rest)) {
      const refused = refusal({ table: 'task', count: true, [name]: value });
      expect(refused, name).toMatch(new RegExp(`^SPOOKY_GATEWAY_BAD_PLAN plan.${name}: `));
    }
    expect(refusal({ table: 'task', count: 1 })).toContain('plan.count: expected true or false');
    const project = { name: 'project', many: false, field: 'project', plan: { table: 'project', count: true } };
    expect(refusal({ table: 'task', related: [project] })).toContain('a relation to one has at most one row');
    const tasks = { name: 'tasks', many: true, field: 'project', plan: { table: 'task', count: true } };
    expect(refusal({ table: 'project', related: [tasks] })).toBe('accepted');
  });

  it('may compare a member that the schema defines', () => {
    expect(where({ field: 'place.city', is: 'eq', value: 'Oslo' }, 'note')).toBe('accepted');
  });
});

describe('a condition', () => {
  it.each([
    [null, 'plan.where: expected an object'],
    [{}, 'plan.where.field: expected a text'],
    [{ field: 'title', is: 'like', value: '' }, 'plan.where.is: "like" is not an operator'],
    [{ field: 'title', is: 'constructor', value: '' }, 'plan.where.is'],
    [{ field: 'title', is: 'eq' }, 'plan.where: a comparison needs a value'],
    [{ field: 'title', is: 'eq', value: 1 }, 'plan.where.value: "title" is string'],
    [{ field: 'done', is: 'in', value: [true, 'x'] }, 'plan.where.value: "done" is bool'],
    [{ field: 'title', is: 'in', value: 'abc' }, 'plan.where.value: "in" needs a list'],
    [{ field: 'title', is: 'eq', value: { $x: 1 } }, 'plan.where.value: "$x"'],
    [{ field: 'title', is: 'eq', value: { $t: 'yesterday' } }, 'plan.where.value: "$t"'],
    [{ field: 'extra', is: 'eq', value: { $i: '9223372036854775808' } }, 'plan.where.value: Integers have 64 bits'],
    [{ field: 'extra', is: 'eq', value: [{ a: { $d: '1e99' } }] }, 'plan.where.value: '],
    [{ field: 'extra', is: 'eq', value: { $t: '+200000-01-01T00:00:00Z' } }, 'plan.where.value'],
    [{ field: 'extra', is: 'eq', value: { $u: '999999999999999999y' } }, 'plan.where.value'],
    [{ field: 'extra', is: 'eq', value: { $r: ['task', null] } }, 'plan.where.value: "$r"'],
    [{ field: 'extra', is: 'eq', value: { $r: ['task', 1.5] } }, 'plan.where.value: The key of a record id'],
    [{ field: 'extra', is: 'eq', value: { $r: ['task', ''] } }, 'plan.where.value: The key of a record id'],
    [{ field: 'project', is: 'eq', value: { $r: ['person', 'a'] } }, 'plan.where.value: "project" is record<project>'],
    [{ field: 'id', is: 'eq', value: { $r: ['project', 'a'] } }, 'plan.where.value: "id" is record<task>'],
    [{ field: 'id', is: 'eq', value: { $r: ['task', 'a'.repeat(256)] } }, 'plan.where.value: A record id has at most'],
    [{ field: 'title', is: 'eq', value: '\ud83d' }, 'plan.where.value: A text contains half'],
    [{ field: 'id', is: 'eq', value: 'task:a' }, 'plan.where.value: "id" is record<task>'],
    [{ field: 'id', is: 'in', value: [null] }, 'plan.where.value: "id" is record<task>'],
    [{ field: 'id', is: 'contains', value: 'a' }, 'plan.where.value: "contains"'],
    [{ all: {} }, 'plan.where.all: expected a list'],
    [{ all: [], any: [] }, 'plan.where: "all" must be the only member'],
    [
      { all: [{ not: { any: [{ field: 'title', is: 'eq', value: 2 }] } }] },
      'plan.where.all[0].not.any[0].value: "title"',
    ],
  ])('is refused: %j', (condition, message) => {
    expect(where(condition)).toContain(`SPOOKY_GATEWAY_BAD_PLAN ${message}`);
  });

  it('is refused however deeply it is nested', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(where({ field: deep, is: 'eq', value: 1 })).toContain('plan.where.field: expected a text, not a list');
    expect(where({ field: 'extra', is: 'eq', value: deep })).toContain('plan.where.value: A value is nested');
    const conditions: unknown = JSON.parse(`${'{"not":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    expect(where(conditions)).toMatch(/^SPOOKY_GATEWAY_LIMIT plan\.where\.not/);
  });

  it('may compare with NONE and NULL, and with integers beyond 2^53', () => {
    for (const value of [{ $none: 1 }, null]) expect(where({ field: 'position', is: 'eq', value })).toBe('accepted');
    expect(where({ field: 'extra', is: 'gt', value: { $i: '9007199254740993' } })).toBe('accepted');
    const plan = validatePlan(schema, {
      table: 'task',
      where: { field: 'id', is: 'eq', value: { $r: ['task', 'a'] } },
    });
    expect(plan.where).toMatchObject({ value: new RecordId('task', 'a') });
  });
});

describe('a limit of a plan', () => {
  const one = { field: 'title', is: 'eq', value: '' };

  it.each([
    ['conditions', { table: 'task', where: { any: Array.from({ length: 10_000 }, () => one) } }],
    ['values', { table: 'task', where: { field: 'title', is: 'in', value: Array.from({ length: 1_001 }, () => 'a') } }],
    ['nesting of conditions', { table: 'task', where: nested(9) }],
    ['deep nesting of conditions', { table: 'task', where: nested(1_000) }],
    ['orderings', { table: 'task', orderBy: Array.from({ length: 17 }, () => ({ field: 'title' })) }],
    ['fields', { table: 'task', select: Array.from({ length: 1_000 }, () => 'title') }],
    ['nodes', { table: 'project', related: Array.from({ length: 33 }, (_, index) => tasks(`r${index}`)) }],
    ['nesting of relations', deep(9)],
  ])('applies to %s', (_, wire) => {
    expect(refusal(wire)).toMatch(/^SPOOKY_GATEWAY_LIMIT plan.*: .*\w/);
  });

  it('accepts its own value', () => {
    expect(refusal({ table: 'task', where: { any: Array.from({ length: 199 }, () => one) } })).toBe('accepted');
    expect(where(nested(7))).toBe('accepted');
    expect(refusal({ table: 'project', related: Array.from({ length: 31 }, (_, index) => tasks(`r${index}`)) })).toBe(
      'accepted',
    );
    expect(refusal(deep(8))).toBe('accepted');
  });

  function tasks(name: string) {
    return { name, many: true, field: 'project', plan: { table: 'task' } };
  }

  it('applies to rows that multiply', () => {
    const below = (limit: number | undefined, outer: object) => ({
      table: 'task',
      ...outer,
      related: [
        {
          name: 'project',
          many: false,
          field: 'project',
          plan: { table: 'project', related: [{ ...tasks('tasks'), plan: { table: 'task', limit } }] },
        },
      ],
    });
    expect(refusal(below(undefined, {}))).toMatch(
      /^SPOOKY_GATEWAY_LIMIT plan\.related\[0\]\.plan\.related\[0\]\.plan: rows below/,
    );
    expect(refusal(below(1_000, { limit: 11 }))).toMatch(/^SPOOKY_GATEWAY_LIMIT/);
    expect(refusal(below(1_000, { limit: 10 }))).toBe('accepted');
    expect(refusal(below(undefined, { single: true }))).toBe('accepted');
  });

  /** task → project → tasks → project … */
  function deep(levels: number): object {
    let plan: object = { table: levels % 2 === 0 ? 'project' : 'task', limit: levels % 2 === 0 ? undefined : 1 };
    for (let level = levels - 1; level >= 1; level -= 1) {
      const many = level % 2 === 0;
      plan = {
        table: many ? 'project' : 'task',
        limit: many ? undefined : 1,
        related: [{ name: many ? 'tasks' : 'project', many, field: 'project', plan }],
      };
    }
    return plan;
  }
});

describe('a relation', () => {
  const task = (relation: object) => refusal({ table: 'task', related: [relation] });
  const project = { name: 'project', many: false, field: 'project', plan: { table: 'project' } };

  it.each([
    [{ ...project, field: 'title' }, 'field: "title" is not a field of task that holds a record of project'],
    [{ ...project, field: 'nothing' }, 'field'],
    [{ ...project, field: '__proto__' }, 'field'],
    [
      { ...project, plan: { table: 'person' } },
      'field: "project" is not a field of task that holds a record of person',
    ],
    [{ ...project, plan: { table: 'credential' } }, 'plan.table'],
    [{ ...project, plan: { table: 'project', limit: 1 } }, 'plan: a relation to one'],
    [{ ...project, plan: { table: 'project', where: { all: [] } } }, 'plan: a relation to one'],
    [{ ...project, name: 'title' }, 'name: task has a field "title"'],
    [{ ...project, name: '__link_1' }, 'name'],
    [{ ...project, name: '$p' }, 'name'],
    [{ ...project, name: '__proto__' }, 'name'],
    [{ ...project, name: 'constructor' }, 'name'],
    [{ ...project, name: 'id' }, 'name'],
    [{ ...project, name: '' }, 'name'],
    [{ ...project, name: 'a'.repeat(65) }, 'name'],
    [{ ...project, many: 'yes' }, 'many'],
    [{ ...project, many: true }, 'field: "project" is not a field of project'],
    [{ ...project, extra: 1 }, ''],
  ])('is refused: %j', (relation, message) => {
    expect(task(relation)).toContain(`SPOOKY_GATEWAY_BAD_PLAN plan.related[0]${message === '' ? '' : `.${message}`}`);
  });

  it('needs an index if it is to many', () => {
    const related = [{ name: 'jobs', many: true, field: 'created_by', plan: { table: 'work' } }];
    expect(refusal({ table: 'person', related })).toContain('no index of work begins with "created_by"');
  });

  it('needs a unique name', () => {
    expect(refusal({ table: 'task', related: [project, project] })).toContain(
      'plan.related[1].name: "project" is used twice',
    );
  });
});
