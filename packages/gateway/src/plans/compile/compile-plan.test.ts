import { createLink, type Link } from '@spookify/surreal-link';
import { DateTime, RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../errors.ts';
import type { DatabaseSchema } from '../../schema/database-schema.ts';
import { readDatabaseSchema } from '../../schema/read-schema.ts';
import { startTestDatabase, type TestDatabase } from '../../testing/database.ts';
import type { WirePlan, WireValue } from '../../wire/index.ts';
import { ROWS_MAX } from '../../wire/limits.ts';
import { validatePlan } from '../validate/validate-plan.ts';
import { createCompiler } from './compile-plan.ts';

const [ANN, BOB] = [new RecordId('person', 'ann'), new RecordId('person', 'bob')];
const ROWS = `
  CREATE team:red SET title = 'red';
  CREATE person:ann SET name = 'ann', team = team:red, hidden = 'hush';
  CREATE person:bob SET name = 'bob';
  CREATE project:open SET title = 'open', owner = person:ann, is_public = true, position = 2;
  CREATE project:own SET title = 'own', owner = person:ann, position = 1;
  CREATE project:lost SET title = 'lost', owner = person:nobody, is_public = true;
  CREATE task:a SET title = 'a', project = project:open, position = 2;
  CREATE task:b SET title = 'b', project = project:open, position = 1, extra = { n: 9007199254740993 };
  CREATE task:c SET title = 'c', project = project:own, position = 1;
  CREATE task:d SET title = 'd', project = project:gone;
  CREATE note:1 SET author = person:ann, free = 'text';
  CREATE work:1 SET path = '/a', created_by = person:bob, assigned_to = project:own`;

let database: TestDatabase;
let service: Link;
let schema: DatabaseSchema;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.owner.queryAll(ROWS);
  service = createLink(database.options);
  await service.open();
  schema = await readDatabaseSchema(service);
});
afterAll(async () => {
  await service.close();
  await database.close();
});

function compile(wire: WirePlan, reader = ANN) {
  return createCompiler(schema)(validatePlan(schema, wire), reader);
}

/** The rows that the root shows, without the reserve. */
async function read(wire: WirePlan, reader = ANN) {
  const { statement, nodes } = compile(wire, reader);
  const { text, bindings } = statement('q7_');
  // In a transaction, as rounds read: the engine runs statements of such a transaction differently from others.
  const rows = await service.transaction((round) => round.query<Record<string, unknown>[]>(text, { ...bindings }));
  return rows.slice(0, nodes[0]?.count);
}

async function titles(wire: WirePlan, reader = ANN): Promise<unknown[]> {
  return (await read({ select: ['title'], ...wire }, reader)).map(({ title }) => title);
}

describe('a compiled plan', () => {
  it('decides for its reader which rows the permissions show', async () => {
    const tasks = await service.query<Record<string, unknown>[]>('SELECT * FROM task');
    const records = new Map(
      (await service.query<Record<string, unknown>[]>('SELECT * FROM project')).map((row) => [String(row.id), row]),
    );
    for (const reader of [ANN, BOB]) {
      const [node] = compile({ table: 'task' }, reader).nodes;
      if (node?.permission.kind !== 'where') return expect.fail(node?.permission.kind);
      const { isVisible } = node.permission;
      const visible = tasks.filter((row) => isVisible(row, (id) => records.get(String(id))));
      expect(visible.map(({ title }) => title)).toEqual(await titles({ table: 'task' }, reader));
    }
    expect(compile({ table: 'person' }).nodes[0]?.permission).toEqual({ kind: 'all' });
    expect(compile({ table: 'riddle' }).nodes[0]?.permission).toEqual({ kind: 'engine' });
  });

  it('shows the rows and fields that the permissions show', async () => {
    expect(await titles({ table: 'project' })).toEqual(['lost', 'open', 'own']);
    expect(await titles({ table: 'project' }, BOB)).toEqual(['lost', 'open']);
    expect(await titles({ table: 'task' }, BOB)).toEqual(['a', 'b']);
    expect(await titles({ table: 'team' }, BOB)).toEqual([]);
    const [person] = await read({ table: 'person' });
    expect(Object.keys(person ?? {})).toEqual(['id', 'name', 'team']);
    // Fields that the schema does not define are not shown, on any table.
    expect(Object.keys((await read({ table: 'note' }))[0] ?? {})).toEqual(['author', 'id']);
  });

  it('shows what was selected, and not what it is only ordered by', async () => {
    const wire = { table: 'project', select: ['title'], orderBy: [{ field: 'position' }] };
    const [row] = await read(wire);
    expect(Object.keys(row ?? {})).toEqual(['__order_0', 'id', 'title']);
    expect(compile(wire).nodes[0]).toMatchObject({
      columns: ['id', 'title'],
      order: [
        { field: 'position', column: '__order_0' },
        { field: 'id', column: 'id' },
      ],
    });
  });

  it('orders, with the id last, and applies limit and offset', async () => {
    const orderBy = [{ field: 'position', descending: true }];
    expect(await titles({ table: 'task', orderBy })).toEqual(['a', 'c', 'b']);
    expect(await titles({ table: 'task', orderBy, limit: 1, offset: 1 })).toEqual(['c']);
    expect(await titles({ table: 'task', orderBy, single: true })).toEqual(['a']);
    expect(await titles({ table: 'task', limit: 0 })).toEqual([]);
  });

  it('returns related rows as lists under their name, and the link of a relation to one', async () => {
    const [own, lost] = await read({
      table: 'project',
      select: ['title'],
      orderBy: [{ field: 'title', descending: true }],
      where: { field: 'title', is: 'in', value: ['own', 'lost'] },
      related: [
        {
          name: 'owner',
          many: false,
          field: 'owner',
          plan: {
            table: 'person',
            select: ['name'],
            related: [{ name: 'team', many: false, field: 'team', plan: { table: 'team' } }],
          },
        },
        { name: 'tasks', many: true, field: 'project', plan: { table: 'task', select: ['title'] } },
      ],
    });
    expect(own).toEqual({
      id: new RecordId('project', 'own'),
      title: 'own',
      __link_1: ANN,
      owner: [
        {
          id: ANN,
          name: 'ann',
          __link_2: new RecordId('team', 'red'),
          team: [{ id: new RecordId('team', 'red'), title: 'red' }],
        },
      ],
      tasks: [{ id: new RecordId('task', 'c'), title: 'c' }],
    });
    expect(lost).toMatchObject({ __link_1: new RecordId('person', 'nobody'), owner: [], tasks: [] });
  });

  it('numbers its nodes in the order in which they are written', () => {
    const tasks = {
      name: 'tasks',
      many: true,
      field: 'project',
      plan: {
        table: 'task',
        related: [{ name: 'project', many: false, field: 'project', plan: { table: 'project' } }],
      },
    };
    const { nodes, tables } = compile({
      table: 'project',
      related: [tasks, { name: 'owner', many: false, field: 'owner', plan: { table: 'person' } }],
    });
    expect(nodes.map(({ index, parent, name, linkColumn }) => [index, parent, name, linkColumn])).toEqual([
      [0, -1, '', undefined],
      [1, 0, 'tasks', undefined],
      [2, 1, 'project', '__link_2'],
      [3, 0, 'owner', '__link_3'],
    ]);
    expect(nodes[1]?.follows).toEqual([
      { field: 'project', table: 'project', member: 'owner' },
      { field: 'project', table: 'project', member: 'is_public' },
    ]);
    expect([...tables].sort()).toEqual(['person', 'project', 'task']);
  });

  it('reports that a permission reads a field of the reader', () => {
    const { nodes, tables } = compile({ table: 'team' });
    expect(nodes[0]?.readsReader).toEqual(ANN);
    expect(tables).toEqual(new Set(['team', 'person']));
  });

  it('runs in the engine if a permission or a field requires it', () => {
    expect(compile({ table: 'riddle' }).live).toMatchObject({
      kind: 'engine',
      reason: expect.stringContaining('riddle'),
    });
    expect(compile({ table: 'riddle' }).statement('a').text).not.toContain('count');
  });

  it('checks permissions before an expensive condition, whose duration could reveal hidden rows', () => {
    const textOf = (count: number) => {
      const value = Array.from({ length: count }, (_, index) => `t${index}`);
      return compile({ table: 'project', select: ['title'], where: { field: 'title', is: 'in', value } }).statement('a')
        .text;
    };
    expect(textOf(17)).toMatch(/owner.*INSIDE/);
    expect(textOf(16)).toMatch(/INSIDE.*owner/);
  });

  it('reads one row more than a view may have', () => {
    const end = (wire: WirePlan) => compile(wire).statement('a').text.split(' ORDER BY ').at(-1);
    expect(end({ table: 'task' })).toBe(`\`id\` ASC LIMIT ${ROWS_MAX + 1}`);
    expect(end({ table: 'task', limit: 1_000_000 })).toBe(`\`id\` ASC LIMIT ${ROWS_MAX + 1}`);
    const { text } = compile({ table: 'task', orderBy: [{ field: 'title' }], offset: 5 }).statement('a');
    expect(text).toContain(`LIMIT ${ROWS_MAX + 6}) ORDER BY`);
  });
});

describe('the key of a plan', () => {
  const key = (wire: WirePlan, reader = ANN) => compile(wire, reader).key;

  it('exists for ids nested as deeply as values may be', () => {
    const deep = Array.from({ length: 30 }).reduce<WireValue>((inner) => [inner], 1);
    expect(key({ table: 'task', where: { field: 'id', is: 'in', value: [{ $r: ['task', deep] }] } })).toMatch(/./);
    expect(key({ table: 'task', where: { field: 'id', is: 'eq', value: { $r: ['task', [deep]] } } })).toMatch(/./);
  });

  it('is equal for readers whom the permissions treat alike', () => {
    expect(key({ table: 'person' })).toBe(key({ table: 'person' }, BOB));
    expect(key({ table: 'project' })).not.toBe(key({ table: 'project' }, BOB));
    expect(key({ table: 'riddle' })).not.toBe(key({ table: 'riddle' }, BOB));
  });

  it('differs for different plans and values', () => {
    const where = (value: WireValue) => key({ table: 'task', where: { field: 'extra', is: 'eq', value } });
    const values: WireValue[] = [
      1,
      '1',
      null,
      { $none: 1 },
      { $d: '1' },
      [1],
      { a: 1 },
      { $r: ['task', 1] },
      { $r: ['task', '1'] },
      true,
    ];
    const single = [key({ table: 'task', limit: 1 }), key({ table: 'task', single: true }), key({ table: 'task' })];
    expect(new Set([...values.map(where), ...single]).size).toBe(values.length + single.length);
  });
});

describe('the access path of a plan', () => {
  const explain = async (wire: WirePlan, reader = ANN): Promise<string> => {
    const { text, bindings } = compile(wire, reader).statement('v');
    return service.query<string>(`EXPLAIN ${text}`, { ...bindings });
  };

  it('is a record, an index, or one scan that filters and limits', async () => {
    const equal = (field: string, value: WireValue) => ({ field, is: 'eq', value }) as const;
    expect(await explain({ table: 'task', where: equal('project', { $r: ['project', 'own'] }) })).toContain(
      'index: task_project, access: [project:own]',
    );
    expect(await explain({ table: 'note' })).toContain('index: note_author');
    expect(await explain({ table: 'task' })).toContain('TableScan');
    const byId = compile({ table: 'task', where: equal('id', { $r: ['task', 'a'] }) }).statement('v');
    expect(byId.text).toContain('FROM $vb');
    expect(
      await titles({
        table: 'task',
        where: {
          field: 'id',
          is: 'in',
          value: [{ $r: ['task', 'b'] }, { $r: ['task', 'a'] }, { $r: ['task', 'b'] }, { $r: ['task', 'x'] }],
        },
      }),
    ).toEqual(['a', 'b']);
  });

  it('finds all datetimes of a range, also around whole seconds', async () => {
    const times = ['00.9', '01', '01.5', '01.000000001', '02'].map((second) => `2026-01-01T00:00:${second}Z`);
    for (const [index, time] of times.entries()) {
      await database.owner.query('CREATE $id SET title = $title, owner = person:eve, created_at = $at', {
        id: new RecordId('project', `t${index}`),
        title: time,
        at: new DateTime(time),
      });
    }
    const eve = new RecordId('person', 'eve');
    await database.owner.query('DEFINE FIELD OVERWRITE created_at ON project TYPE datetime');
    for (const [index, time] of times.entries()) {
      await database.owner.query('UPDATE $id SET created_at = $at', {
        id: new RecordId('project', `t${index}`),
        at: new DateTime(time),
      });
    }
    const after = {
      all: [
        { field: 'created_at', is: 'gte', value: { $t: '2026-01-01T00:00:01Z' } },
        { field: 'created_at', is: 'lt', value: { $t: '2026-01-01T00:00:02Z' } },
      ],
    } as const;
    expect(await titles({ table: 'project', where: after, orderBy: [{ field: 'created_at' }] }, eve)).toEqual([
      times[1],
      times[3],
      times[2],
    ]);
  });
});

describe('a range with two ends', () => {
  const second = (text: string): WireValue => ({ $t: `2026-01-01T00:00:${text}Z` });
  const within = (is: readonly ['gt' | 'gte', 'lt' | 'lte'], from: string, to: string): WirePlan => ({
    table: 'tick',
    where: {
      all: [
        { field: 'at', is: is[0], value: second(from) },
        { field: 'at', is: is[1], value: second(to) },
        { not: { field: 'at', is: 'eq', value: second('09') } },
      ],
    },
    orderBy: [{ field: 'at' }],
  });
  const TIMES = ['00.000000001', '00.9', '01', '01.000000001', '01.5', '01.999999999', '02', '02.25', '03'];
  const OPERATORS = [
    ['gt', 'lt'],
    ['gte', 'lte'],
    ['gt', 'lte'],
    ['gte', 'lt'],
  ] as const;

  it('is read by one index, and finds all datetimes, also around whole seconds', async () => {
    await database.owner.queryAll(`DEFINE TABLE tick SCHEMAFULL PERMISSIONS FOR select FULL;
      DEFINE FIELD at ON tick TYPE datetime; DEFINE FIELD n ON tick TYPE option<datetime>;
      DEFINE INDEX tick_at ON tick FIELDS at, n; DEFINE INDEX tick_n ON tick FIELDS n;
      ${TIMES.map((time) => `CREATE tick SET at = d'2026-01-01T00:00:${time}Z'`).join(';')}`);
    const changed = await readDatabaseSchema(service);
    const compileChanged = (wire: WirePlan) => createCompiler(changed)(validatePlan(changed, wire), ANN);
    const orders = TIMES.map((time) => new DateTime(`2026-01-01T00:00:${time}Z`).nanoseconds);
    for (const operators of OPERATORS) {
      for (const [from, low] of TIMES.entries()) {
        for (const [to, high] of TIMES.entries()) {
          const { text, bindings } = compileChanged(within(operators, low, high)).statement('v');
          expect(text).toContain('WITH INDEX `tick_at` WHERE (`at` >= $vb3) AND (`at` <= $vb4)) WHERE');
          const found = await service.transaction((round) => round.query<{ at: DateTime }[]>(text, { ...bindings }));
          const start = operators[0] === 'gte' ? from : from + 1;
          const end = operators[1] === 'lte' ? to + 1 : to;
          expect(
            found.map(({ at }) => at.nanoseconds),
            `${operators} ${low} ${high}`,
          ).toEqual(orders.slice(start, end));
        }
      }
    }
  });

  it('is the tightest of several, and not one that leaves out NONE', async () => {
    const changed = await readDatabaseSchema(service);
    const statement = (where: WirePlan['where']) => {
      const plan = validatePlan(changed, { table: 'tick', ...(where && { where }) });
      return createCompiler(changed)(plan, ANN).statement('v');
    };
    const at = (is: 'gte' | 'lt', time: string) => ({ field: 'at', is, value: second(time) }) as const;
    const ends = [at('gte', '01'), at('lt', '09'), at('gte', '02'), at('lt', '08')];
    const tight = statement({ all: ends });
    expect(tight.text).toContain('WITH INDEX `tick_at` WHERE (`at` >= $vb4) AND (`at` <= $vb5)) WHERE');
    const [from, to] = ['vb4', 'vb5'].map((name) => (tight.bindings[name] as DateTime).toCompact());
    const secondOf = (time: string) => new DateTime(`2026-01-01T00:00:${time}Z`).toCompact()[0];
    expect([from, to]).toEqual([
      [secondOf('01'), 999_999_999n],
      [secondOf('09'), 0n],
    ]);
    expect(statement({ field: 'n', is: 'lt', value: second('09') }).text).toContain('NOINDEX');
  });
});

describe('a statement for the last rows by an indexed field', () => {
  const wire: WirePlan = { table: 'moment', orderBy: [{ field: 'at', descending: true }], limit: 3, select: ['at'] };

  it('reads from a floor on, and returns the same rows', async () => {
    await database.owner.queryAll(`DEFINE TABLE moment SCHEMAFULL PERMISSIONS FOR select WHERE shown = true;
      DEFINE FIELD at ON moment TYPE datetime; DEFINE FIELD shown ON moment TYPE bool;
      DEFINE INDEX moment_at ON moment FIELDS at;
      FOR $i IN 0..40 { CREATE type::record('moment', $i) SET shown = $i % 3 != 0,
        at = d'2026-01-01T00:00:00Z' + duration::from_millis($i * 250) };`);
    const changed = await readDatabaseSchema(service);
    const { recent, statement, nodes } = createCompiler(changed)(validatePlan(changed, wire), ANN);
    const run = async ({ text, bindings }: ReturnType<typeof statement>) =>
      service.transaction((round) => round.query<{ at: DateTime }[]>(text, { ...bindings }));
    const list = await run(statement('v'));
    expect(nodes[0]?.fetched).toBe(list.length);
    const from = (floor: unknown) => recent?.statement('v', floor) ?? statement('v');
    expect(from(list.at(-1)?.at).text).toContain('WITH INDEX `moment_at`');
    expect(await run(from(list.at(-1)?.at))).toEqual(list);
    // A lower floor gives the same rows, and a higher one gives fewer rows, never other rows.
    for (let ms = 7_000; ms <= 10_000; ms += 125) {
      const floor = new DateTime(new Date(Date.UTC(2026, 0, 1) + ms));
      const expected = list.filter(({ at }) => at.nanoseconds >= floor.nanoseconds);
      expect(await run(from(floor)), floor.toISOString()).toEqual(expected);
    }
    expect(recent?.statement('v', null)).toEqual(statement('v'));
  });

  it('requires a limit, a shown field, an index, and no better access path', () => {
    const byDate = {
      ...wire,
      table: 'project',
      orderBy: [{ field: 'created_at', descending: true }],
      select: ['created_at'],
    };
    const recent = (plan: WirePlan) => compile(plan).recent;
    expect(recent(byDate)).toMatchObject({ field: 'created_at' });
    expect(recent({ ...byDate, single: true })).toMatchObject({ field: 'created_at' });
    const { limit: _, ...unlimited } = byDate;
    const others: WirePlan[] = [
      unlimited,
      { ...byDate, select: [] },
      { ...byDate, offset: 1 },
      { ...byDate, limit: 0 },
      { ...byDate, orderBy: [{ field: 'created_at' }] },
      { ...byDate, orderBy: [{ field: 'title', descending: true }], select: ['title'] },
      { ...byDate, where: { field: 'owner', is: 'eq', value: { $r: ['person', 'ann'] } } },
    ];
    expect(others.map(recent)).toEqual(others.map(() => undefined));
  });
});

describe('an index of two fields', () => {
  it('is read by its first field only', async () => {
    await database.owner.queryAll(`DEFINE TABLE event SCHEMAFULL PERMISSIONS FULL;
      DEFINE FIELD project ON event TYPE record<project>; DEFINE FIELD at ON event TYPE datetime; DEFINE FIELD rank ON event TYPE option<int>;
      DEFINE INDEX event_at ON event FIELDS project, at; DEFINE INDEX event_rank ON event FIELDS project, rank;
      CREATE event:1 SET project = project:own, at = d'2026-01-01T00:00:01Z';
      CREATE event:2 SET project = project:own, at = d'2026-01-01T00:00:01.5Z', rank = 1;`);
    const changed = await readDatabaseSchema(service);
    const keys = async (field: string, is: 'gte' | 'lt', value: WireValue) => {
      const where = { field, is, value } as const;
      const related = [{ name: 'events', many: true, field: 'project', plan: { table: 'event', select: [], where } }];
      const owner = { field: 'project', is: 'eq', value: { $r: ['project', 'own'] } } as const;
      const plans: WirePlan[] = [
        { table: 'project', select: [], where: { field: 'title', is: 'eq', value: 'own' }, related },
        { table: 'event', select: [], where: { all: [owner, where] } },
      ];
      return Promise.all(
        plans.map(async (wire) => {
          const { text, bindings } = createCompiler(changed)(validatePlan(changed, wire), ANN).statement('v');
          const rows = await service.transaction((round) =>
            round.query<{ id: RecordId; events?: { id: RecordId }[] }[]>(text, { ...bindings }),
          );
          return rows.flatMap(({ id, events }) => events?.map((event) => event.id.id) ?? [id.id]);
        }),
      );
    };
    const both = [1, 2];
    expect(await keys('at', 'gte', { $t: '2026-01-01T00:00:01Z' })).toEqual([both, both]);
    expect(await keys('rank', 'lt', 2)).toEqual([both, both]);
  });
});

describe('a value from a browser', () => {
  const hostile: WireValue[] = [
    'a\u0000b',
    '\ud800',
    "'; REMOVE TABLE task; --",
    '$who',
    'x'.repeat(100_000),
    -0,
    1e308,
    5e-324,
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    1e300,
    { $f: 'NaN' },
    { $f: 'Infinity' },
    { $f: '-0' },
    { $i: '9223372036854775807' },
    { $i: '-9223372036854775808' },
    { $d: '0.0000000000000000000000000001' },
    { $d: '-1' },
    { $d: '9999999999999999999999999999' },
    { $d: 'NaN' },
    { $d: '1e5' },
    { $t: '0001-01-01T00:00:00Z' },
    { $t: '9999-12-31T23:59:59.999999999Z' },
    { $t: '2026-02-30T00:00:00Z' },
    { $u: '0ns' },
    { $u: '-1s' },
    { $u: '31709791y' },
    { $uuid: 'x' },
    { $uuid: '018e1b5e-1111-7111-8111-111111111111' },
    { $b: '' },
    { $b: '????' },
    { $set: [1, 1, 'a'] },
    { $set: [] },
    { $r: ['no such table', 'a'] },
    { $r: ['task', 'a\u0000'] },
    { $r: ['a\u0000', 'a'] },
    { $r: ['task', { $r: ['task', 1] }] },
    { $r: ['task', [1, { $none: 1 }]] },
    { $r: ['task', { a: { $f: 'NaN' } }] },
    { $r: ['task', { $uuid: '018e1b5e-1111-7111-8111-111111111111' }] },
    { $r: ['task', { $t: '2026-01-01T00:00:00Z' }] },
    { $r: ['task', { $set: [1] }] },
    { $r: ['task', -5] },
    { $r: ['task', []] },
    { $r: ['task', {}] },
    { $r: ['task', true] },
    { '': 1 },
    { 'a\u0000': 1 },
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"constructor":1}'),
    { $o: { $r: 1 } },
    { $o: { '..': [] } },
    [[[[]]]],
    { $none: 1 },
    {
      $range: [
        ['=', 1],
        ['<', 5],
      ],
    },
    { $rr: ['task', ['=', 1], null] },
    { $g: { type: 'Point', coordinates: [1, 2] } },
    { $table: 'task' },
    { $table: 'no such' },
    { $file: ['bucket', '/key'] },
    { $range: [['=', { $d: '1e99' }], null] },
    { $range: [['=', { $i: '99999999999999999999' }], null] },
    { $range: [['=', 1e300], null] },
    { $rr: ['task', ['=', { $i: '99999999999999999999' }], null] },
    null,
  ];

  it.each(hostile.map((value) => [JSON.stringify(value).slice(0, 60), value] as const))(
    'never fails the statement: %s',
    async (_, value) => {
      for (const is of ['eq', 'lt', 'contains', 'in'] as const) {
        const wire: WirePlan = { table: 'task', where: { field: 'extra', is, value: is === 'in' ? [value] : value } };
        const rows = await read(wire).catch((error: unknown) => error);
        expect(rows instanceof GatewayError || Array.isArray(rows), String(rows)).toBe(true);
      }
    },
  );

  it('is compared exactly', async () => {
    await database.owner.query('UPDATE task:b SET extra = 9007199254740993');
    const equal = (value: WireValue) => titles({ table: 'task', where: { field: 'extra', is: 'eq', value } });
    expect(await equal({ $i: '9007199254740993' })).toEqual(['b']);
    expect(await equal({ $i: '9007199254740992' })).toEqual([]);
    expect(await equal(2 ** 53)).toEqual([]);
    expect(await equal({ $none: 1 })).toEqual(['a', 'c']);
    expect(await equal(null)).toEqual([]);
  });
});
