import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { encodeValue } from '../wire/value.ts';
import { type FieldClauses, fieldDefault } from './field-default.ts';

/** Clauses whose value is known without the database. */
const KNOWN = [
  `TYPE string DEFAULT 'it''s "odd"\\n'`.replace("''", "\\'"),
  `TYPE string DEFAULT '2020-01-01T00:00:00Z'`,
  'TYPE int DEFAULT -5',
  'TYPE int DEFAULT 9007199254740993',
  'TYPE float DEFAULT 1',
  'TYPE float DEFAULT 1.5',
  'TYPE bool DEFAULT false',
  "TYPE 'linear' | 'exponential' DEFAULT 'linear'",
  'TYPE null | int DEFAULT NULL',
  'TYPE object FLEXIBLE DEFAULT {}',
  'TYPE object FLEXIBLE DEFAULT { a: 1, b: [true, { c: NULL }] }',
  'TYPE array<object> DEFAULT []',
  'TYPE array<float> DEFAULT [1, 2.5]',
  "TYPE datetime DEFAULT d'2020-01-01T00:00:00.123456789Z'",
  'TYPE duration DEFAULT 1h30m',
  "TYPE uuid DEFAULT u'01a22059-6882-7b62-95a9-1494e84dd325'",
  'TYPE option<record<kept>> DEFAULT kept:abc',
  'TYPE int DEFAULT ALWAYS 3',
  "TYPE string VALUE $before ?? 'kept'",
  "TYPE string DEFAULT 'x' VALUE 'y'",
];

/** Clauses that only the database can evaluate, or whose value it converts. */
const UNKNOWN = [
  'TYPE int DEFAULT 1 + 1',
  'TYPE int DEFAULT rand::int(0, 7)',
  'TYPE decimal DEFAULT 1',
  'TYPE option<string> DEFAULT NONE',
  "TYPE string DEFAULT 'A' VALUE string::lowercase($value)",
  "TYPE string DEFAULT 'A' VALUE $value ?? 'b'",
  'TYPE array DEFAULT [1, [rand::int(0, 7)]]',
  'TYPE object FLEXIBLE DEFAULT { a: time::now() }',
  'TYPE datetime DEFAULT time::now() + 1h',
  'TYPE any DEFAULT (SELECT * FROM kept)',
  'TYPE any DEFAULT { 1 }',
];

let database: TestDatabase;
let fields: ReadonlyMap<string, FieldClauses>;
let row: Record<string, unknown>;
beforeAll(async () => {
  database = await startTestDatabase();
  const all = [...KNOWN, ...UNKNOWN].map((clauses, at) => `DEFINE FIELD f${at} ON kept ${clauses};`);
  await database.owner.queryAll(`DEFINE TABLE kept SCHEMAFULL PERMISSIONS FULL; ${all.join('\n')}`);
  const info = await database.owner.query<{ fields: (FieldClauses & { name: string })[] }>(
    'INFO FOR TABLE kept STRUCTURE',
  );
  fields = new Map(info.fields.map((field) => [field.name, field]));
  row = await database.owner.query<Record<string, unknown>>('CREATE ONLY kept:one');
});
afterAll(() => database.close());

const clausesOf = (index: number): FieldClauses => fields.get(`f${index}`) ?? {};

describe('fieldDefault', () => {
  it.each(KNOWN.map((clauses, at) => [at, clauses] as const))('%i: is what the database stores for %s', (at) => {
    expect(row[`f${at}`]).toBeDefined();
    expect(fieldDefault(clausesOf(at))).toEqual({ value: encodeValue(row[`f${at}`]) });
  });

  it.each(UNKNOWN.map((clauses, at) => [KNOWN.length + at, clauses] as const))('%i: is unknown for %s', (at) => {
    expect(fieldDefault(clausesOf(at))).toBeUndefined();
  });

  it.each<[FieldClauses, 'now' | 'user' | undefined]>([
    [{ kind: 'datetime', default: 'time::now()' }, 'now'],
    [{ kind: 'datetime', value: 'time::now()' }, 'now'],
    [{ kind: 'datetime', value: '$before ?? time::now()' }, 'now'],
    [{ kind: 'datetime', default: '$before ?? time::now()' }, undefined],
    [{ kind: 'datetime', value: '$before.at ?? time::now()' }, undefined],
    [{ kind: 'datetime', value: '$value ?? time::now()' }, undefined],
    [{ kind: 'datetime', value: '$before OR time::now()' }, undefined],
    [{ kind: 'record<user>', default: '$auth.id' }, 'user'],
    [{ kind: 'record<user>', value: '$before ?? $auth.id' }, 'user'],
    [{ kind: 'string', default: '$auth.name' }, undefined],
    [{ kind: 'record<user>', default: '$session.id' }, undefined],
    [{ kind: 'string' }, undefined],
  ])('of %j is %s', (clauses, is) => {
    expect(fieldDefault(clauses)).toEqual(is && { is });
  });
});
