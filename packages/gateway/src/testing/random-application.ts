import { RecordId } from 'surrealdb';
import type { WireCondition, WirePlan, WireRelation, WireValue } from '../wire/index.ts';
import type { Random } from './random.ts';

/*
 * Random applications: the tables are always the same; their permissions, rows and readers are random. Rows are created
 * and deleted, and may link to rows that do not exist.
 */

export const TABLES = ['person', 'team', 'doc', 'item'] as const;
export type TableName = (typeof TABLES)[number];

const FIELDS: Readonly<Record<TableName, string>> = {
  person: `
    DEFINE FIELD name ON person TYPE string;
    DEFINE FIELD team ON person TYPE option<record<team>>;
    DEFINE FIELD level ON person TYPE option<int>;
    DEFINE FIELD secret ON person TYPE option<string> PERMISSIONS FOR select NONE;
    DEFINE INDEX person_team ON person FIELDS team;`,
  team: `
    DEFINE FIELD title ON team TYPE string;
    DEFINE FIELD lead ON team TYPE option<record<person>>;
    DEFINE FIELD open ON team TYPE option<bool>;
    DEFINE INDEX team_lead ON team FIELDS lead;`,
  doc: `
    DEFINE FIELD owner ON doc TYPE record<person>;
    DEFINE FIELD team ON doc TYPE option<record<team>>;
    DEFINE FIELD title ON doc TYPE string;
    DEFINE FIELD n ON doc TYPE option<int>;
    DEFINE FIELD tags ON doc TYPE array<string>;
    DEFINE FIELD public ON doc TYPE bool;
    DEFINE FIELD at ON doc TYPE datetime;
    DEFINE FIELD extra ON doc TYPE any;
    DEFINE FIELD meta ON doc TYPE object;
    DEFINE FIELD meta.city ON doc TYPE option<string>;
    DEFINE FIELD secret ON doc TYPE option<string> PERMISSIONS FOR select NONE;
    DEFINE INDEX doc_owner ON doc FIELDS owner, at;
    DEFINE INDEX doc_team ON doc FIELDS team;
    DEFINE INDEX doc_title ON doc FIELDS title;
    DEFINE INDEX doc_n ON doc FIELDS n;
    DEFINE INDEX doc_at ON doc FIELDS at;`,
  item: `
    DEFINE FIELD doc ON item TYPE record<doc>;
    DEFINE FIELD owner ON item TYPE option<record<person>>;
    DEFINE FIELD rank ON item TYPE option<number>;
    DEFINE FIELD label ON item TYPE string;
    DEFINE INDEX item_doc ON item FIELDS doc, rank;
    DEFINE INDEX item_owner ON item FIELDS owner;`,
};

const FUNCTIONS = `
  DEFINE FUNCTION OVERWRITE fn::mine($row: object) { RETURN $row.owner = $auth.id; };
  DEFINE FUNCTION OVERWRITE fn::same($a: any, $b: any) { RETURN $a = $b };
  DEFINE FUNCTION OVERWRITE fn::leads($team: any, $who: record) { fn::same($who, $team.lead) OR fn::same($team.open, true); };
  DEFINE FUNCTION OVERWRITE fn::is_open($row: object) -> bool { RETURN $row.public = true OR fn::mine($row) };`;

const OPERATORS = [
  ...['=', '=', '=', '!=', '==', '<', '<=', '>', '>=', '?=', '*=', 'INSIDE', 'NOT IN', 'ALLINSIDE', 'ANYINSIDE'],
  ...['NONEINSIDE', 'CONTAINS', 'CONTAINSNOT', 'CONTAINSALL', 'CONTAINSANY', 'CONTAINSNONE'],
];
const VALUES = [
  'NONE',
  'NULL',
  'true',
  '1',
  '2.5f',
  '3dec',
  "'a'",
  "['a', 'b']",
  'team:1',
  'person:2',
  "d'2026-01-01T00:00:01Z'",
  '[]',
  "''",
  '[1, 2.5f]',
  '{ a: 1 }',
  '[person:1, team:2, $auth]',
  "'it\\'s \"Ä\"'",
  '1h30m',
  'person:`1`',
];
const LEAVES: Readonly<Record<TableName, readonly string[]>> = {
  person: [
    'id',
    'team',
    'level',
    'secret',
    'name',
    '$auth.team',
    '$auth.level',
    'team.lead',
    'team.open',
    '$this.name',
  ],
  team: ['id', 'lead', 'open', 'title', '$auth.team', '$auth.level', 'lead.level', 'lead.team', '$auth.secret'],
  doc: [
    'owner',
    'team',
    'title',
    'n',
    'tags',
    'public',
    'at',
    'extra',
    'meta.city',
    'secret',
    'team.lead',
    'team.open',
    'owner.team',
    '$auth.team',
    '$auth.level',
  ],
  item: [
    'owner',
    'doc',
    'rank',
    'label',
    'doc.owner',
    'doc.public',
    'doc.secret',
    'doc.tags',
    'owner.level',
    '$auth.level',
    'doc.team',
  ],
};
const COMMON: Readonly<Record<TableName, readonly string[]>> = {
  person: ['id = $auth.id', 'team = $auth.team', 'team.lead = $auth', 'true'],
  team: ['lead = $auth.id', 'id = $auth.team', 'open = true', 'fn::leads($this, $auth)'],
  doc: [
    'owner = $auth.id',
    'public = true',
    'team = $auth.team',
    'team.lead = $auth.id',
    'fn::mine($this)',
    'fn::is_open($this)',
    "'a' IN tags",
    'fn::leads(team, $auth.id)',
    'string::len(title) > 1',
    "string::starts_with(title, 'a')",
    'array::len(tags) = 1',
    'type::is_none(n)',
    'type::is_int(extra)',
    'type::is_float(extra) OR type::is_decimal(extra)',
    'type::is_object(extra) = type::is_array(extra)',
    "string::contains(title, 'b') OR string::ends_with(title, 'a')",
    "string::uppercase(title) = 'AB'",
    'array::is_empty(tags)',
  ],
  item: [
    'doc.owner = $auth.id',
    'owner = $auth.id',
    'doc.public',
    'fn::same(owner, $auth.id)',
    'doc.team = $auth.team',
    'rank > 1',
  ],
};

/** A random select permission of a table. */
export function randomPermission(random: Random, table: TableName, depth = 0): string {
  if (depth < 3 && random.chance(0.45)) {
    const inner = (): string => randomPermission(random, table, depth + 1);
    if (random.chance(0.2)) return `!(${inner()})`;
    const text = `${inner()} ${random.pick(['AND', 'OR', 'OR', '&&'])} ${inner()}`;
    return random.chance(0.4) ? `(${text})` : text;
  }
  if (random.chance(0.5)) return random.pick(COMMON[table]);
  if (random.chance(0.1)) return random.pick(['$auth.id != NONE', '$auth != NONE', 'true', 'false', '$auth']);
  const leaf = (): string =>
    random.chance(0.65) ? random.pick(LEAVES[table]) : random.pick([...VALUES, '$auth', '$auth.id']);
  const side = (): string =>
    random.chance(0.15) ? `(${leaf()} ${random.pick(['??', '?:', 'AND', 'OR'])} ${leaf()})` : leaf();
  return `${side()} ${random.pick(OPERATORS)} ${side()}`;
}

/** A path into a linked record or into the reader's own. */
const READS_RECORDS = /\b(?:team|lead|owner|doc)\.|fn::leads|\$auth\.(?!id)/;

/** @param following the share of permissions that may read other records than the row. Default: all */
export function randomSchema(random: Random, following = 1): string {
  const permissionOf = (table: TableName): string => {
    const permission = randomPermission(random, table);
    return random.chance(following) || !READS_RECORDS.test(permission) ? permission : permissionOf(table);
  };
  const tables = TABLES.map((table) => {
    const select = random.chance(0.1)
      ? 'FULL'
      : `WHERE ${random.chance(0.6) ? '$auth.id != NONE AND ' : ''}(${permissionOf(table)})`;
    return `DEFINE TABLE ${table} TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select ${select};${FIELDS[table]}`;
  });
  return `${TABLES.map((table) => `REMOVE TABLE IF EXISTS ${table}`).join('; ')};${FUNCTIONS} ${tables.join('\n')}`;
}

/** A schema in which everyone may read and write every row. */
export function openSchema(): string {
  return TABLES.map((table) => `DEFINE TABLE ${table} TYPE NORMAL SCHEMAFULL PERMISSIONS FULL;${FIELDS[table]}`).join(
    '\n',
  );
}

/** The most rows of each table. */
const KEYS: Readonly<Record<TableName, number>> = { person: 8, team: 6, doc: 16, item: 24 };
const key = (random: Random, table: TableName): number => 1 + random.below(KEYS[table]);
const record = (random: Random, table: TableName): string => `${table}:${key(random, table)}`;
const optional = (random: Random, text: string): string => (random.chance(0.3) ? 'NONE' : text);
const moment = (random: Random): string =>
  `d'2026-01-01T00:00:0${random.below(3)}${random.pick(['', '.5', '.000000001'])}Z'`;
const TEXTS = ["'a'", "'ab'", "'b'", "'Ä'", "''"];
/** Texts that JavaScript alone would order or decode differently. */
const ODD_TEXTS = ["'\u{1F600}'", "'\uFFEE'", "'\uFEFFa'"];
const ODD_NUMBERS = ['-9007199254740993', '9007199254740993', '-0.0', '1e300', '0.1f', '0.1dec', '2.5dec'];

/** A random write that creates, changes or deletes one row of one of the tables. */
export function randomWrite(random: Random, tables: readonly TableName[] = TABLES): RandomWrite {
  const table = random.pick(tables);
  const id = new RecordId(table, key(random, table));
  if (random.chance(0.15)) return { table, id, text: `DELETE ${id} RETURN NONE` };
  return { table, id, text: `UPSERT ${id} CONTENT ${randomContent(random, table)} RETURN NONE` };
}

export interface RandomWrite {
  readonly table: TableName;
  readonly id: RecordId;
  readonly text: string;
}

function randomContent(random: Random, table: TableName): string {
  const person = record(random, 'person');
  const team = optional(random, record(random, 'team'));
  const secret = optional(random, random.pick(TEXTS));
  switch (table) {
    case 'person':
      return `{ name: ${random.pick(TEXTS)}, team: ${team}, level: ${optional(random, `${random.below(4)}`)}, secret: ${secret} }`;
    case 'team':
      return `{ title: ${random.pick(TEXTS)}, lead: ${optional(random, person)}, open: ${optional(random, random.pick(['true', 'false']))} }`;
    case 'doc':
      return `{ owner: ${person}, team: ${team}, title: ${random.pick([...TEXTS, ...TEXTS, ...ODD_TEXTS])}, n: ${optional(random, `${random.below(4)}`)},
        tags: [${random.list(2, () => random.pick(TEXTS)).join(', ')}], public: ${random.chance(0.4)}, at: ${moment(random)},
        extra: ${random.pick([...VALUES, '{ a: 1 }', '[]', '[1, 2.5f]'])}, meta: { city: ${secret} }, secret: ${secret} }`;
    case 'item':
      return `{ doc: ${record(random, 'doc')}, owner: ${optional(random, person)}, label: ${random.pick(TEXTS)},
        rank: ${optional(random, random.pick(['0', '1', '1.5f', '1dec', '2', '-1', ...ODD_NUMBERS]))} }`;
  }
}

const WHERE: Readonly<Record<TableName, Readonly<Record<string, (random: Random) => WireValue>>>> = {
  person: { name: text, team: (random) => link(random, 'team'), level: number, id: (random) => link(random, 'person') },
  team: {
    title: text,
    lead: (random) => link(random, 'person'),
    open: (random) => random.chance(0.5),
    id: (random) => link(random, 'team'),
  },
  doc: {
    id: (random) => link(random, 'doc'),
    owner: (random) => link(random, 'person'),
    team: (random) => link(random, 'team'),
    title: text,
    n: number,
    public: (random) => random.chance(0.5),
    at: (random) => ({ $t: moment(random).slice(2, -1) }),
    extra: anything,
    'meta.city': text,
    tags: (random) => random.list(2, () => text(random)),
  },
  item: {
    id: (random) => link(random, 'item'),
    doc: (random) => link(random, 'doc'),
    owner: (random) => link(random, 'person'),
    rank: number,
    label: text,
  },
};

function text(random: Random): string {
  return random.pick(TEXTS).slice(1, -1);
}

function number(random: Random): WireValue {
  return random.pick<WireValue>([0, 1, 2, 1.5, { $d: '1.0' }, { $i: '9007199254740993' }, { $f: 'NaN' }, -1]);
}

function link(random: Random, table: TableName): WireValue {
  return { $r: [table, key(random, table)] };
}

function anything(random: Random): WireValue {
  return random.pick<WireValue>([
    1,
    2.5,
    'a',
    true,
    ['a', 'b'],
    { a: 1 },
    [],
    null,
    { $none: 1 },
    link(random, 'team'),
    { $d: '3' },
    { $t: '2026-01-01T00:00:01Z' },
  ]);
}

export function randomCondition(random: Random, table: TableName, depth = 0): WireCondition {
  if (depth < 3 && random.chance(0.35)) {
    const inner = (): WireCondition => randomCondition(random, table, depth + 1);
    if (random.chance(0.25)) return { not: inner() };
    return random.chance(0.6) ? { all: random.list(3, inner) } : { any: random.list(3, inner) };
  }
  const fields = WHERE[table];
  const field = random.pick(Object.keys(fields));
  const value = (): WireValue => {
    if (field !== 'id' && random.chance(0.15)) return random.pick<WireValue>([null, { $none: 1 }]);
    return fields[field]?.(random) ?? null;
  };
  if (random.chance(0.15)) return { field, is: 'in', value: random.list(3, value) };
  if (field !== 'id' && random.chance(0.1))
    return { field, is: 'contains', value: random.chance(0.5) ? text(random) : value() };
  return { field, is: random.pick(['eq', 'eq', 'eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const), value: value() };
}

const RELATIONS: Readonly<
  Record<
    TableName,
    readonly { readonly many: boolean; readonly field: string; readonly table: TableName; readonly name: string }[]
  >
> = {
  person: [
    { many: false, field: 'team', table: 'team', name: 'team' },
    { many: true, field: 'owner', table: 'doc', name: 'docs' },
    { many: true, field: 'owner', table: 'item', name: 'items' },
  ],
  team: [
    { many: false, field: 'lead', table: 'person', name: 'leader' },
    { many: true, field: 'team', table: 'doc', name: 'docs' },
    { many: true, field: 'team', table: 'person', name: 'people' },
  ],
  doc: [
    { many: false, field: 'owner', table: 'person', name: 'owner' },
    { many: false, field: 'team', table: 'team', name: 'group' },
    { many: true, field: 'doc', table: 'item', name: 'items' },
  ],
  item: [
    { many: false, field: 'doc', table: 'doc', name: 'doc' },
    { many: false, field: 'owner', table: 'person', name: 'owner' },
  ],
};

export function randomPlan(random: Random, table: TableName = random.pick(TABLES), depth = 0): WirePlan {
  const fields = Object.keys(WHERE[table]).filter((name) => !name.includes('.'));
  const maybe = <T>(share: number, make: () => T): T | undefined => (random.chance(share) ? make() : undefined);
  if (random.chance(depth === 0 ? 0.1 : 0.3)) {
    return withoutAbsent({ table, count: true, where: maybe(0.7, () => randomCondition(random, table)) });
  }
  return withoutAbsent({
    ...shape(random, table, depth),
    where: maybe(0.5, () => randomCondition(random, table)),
    orderBy: maybe(0.5, () => random.list(2, () => ({ field: random.pick(fields), descending: random.chance(0.5) }))),
    limit: maybe(0.4, () => random.below(5)),
    offset: maybe(0.04, () => random.below(3)),
    single: random.chance(0.15),
  });
}

function shape(random: Random, table: TableName, depth: number) {
  const fields = Object.keys(WHERE[table]).filter((name) => !name.includes('.') && name !== 'id');
  const related = RELATIONS[table]
    .filter(() => depth < 2 && random.chance(0.3))
    .map(({ table: other, ...relation }): WireRelation => {
      const plan = relation.many ? randomPlan(random, other, depth + 1) : shape(random, other, depth + 1);
      return { ...relation, plan: withoutAbsent(plan) };
    });
  return { table, select: random.chance(0.3) ? random.list(3, () => random.pick(fields)) : undefined, related };
}

function withoutAbsent(plan: Readonly<Record<keyof WirePlan, unknown>> | object): WirePlan {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined)) as unknown as WirePlan;
}
