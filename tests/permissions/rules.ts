/** Rules that no single attempt can test, checked on what the engine reports about the schema. */
import type { Schema } from './clauses.ts';

/** A backend can answer with any value. */
const UNTYPED = new Set(['job.result']);

/** Returns the violations of the rules, in words; empty if there are none. */
export function brokenRules({ database, fields }: Schema): string[] {
  const broken: string[] = [];
  const readByAll = new Set<string>();
  for (const { name, permissions } of database.tables) {
    for (const [verb, permission] of Object.entries(permissions)) {
      if (typeof permission === 'string' && !isGuarded(permission)) {
        broken.push(`${name}: FOR ${verb} compares with $auth without asking for $auth.id != NONE`);
      }
    }
    if (!asks(permissions.create, database, SHORT_ID)) broken.push(`${name}: FOR create takes ids of any length`);
    if (name === 'job' && !asks(permissions.create, database, SIMPLE_ID)) {
      broken.push(`${name}: FOR create takes ids that a runner passes over`);
    }
    if (permissions.select === '$auth.id != NONE') readByAll.add(name);
  }
  for (const { name, block } of database.functions) {
    if (!isGuarded(block)) broken.push(`fn::${name} compares with $auth without asking for $auth.id != NONE`);
  }
  for (const [table, all] of fields) {
    for (const { name, kind = 'any', permissions, reference } of all) {
      if (kind === 'any' && !UNTYPED.has(`${table}.${name}`)) broken.push(`${table}.${name} has no type`);
      // The engine skips field permissions when it uses an index.
      if (permissions.select !== true) broken.push(`${table}.${name} relies on the permission of a field to be hidden`);
      // A user who can read a row can list the rows that refer to it, regardless of their permissions.
      if (reference !== undefined && !readByAll.has(table))
        broken.push(`${table}.${name}: REFERENCE on a private table`);
    }
  }
  return broken;
}

/** An id can be an array that is nested too deeply for any client to decode. */
const SHORT_ID = /string::len\(<string> (?:\$job\.)?id\) <= 255/;
/** An id can contain a time, which a runner receives with less precision. */
const SIMPLE_ID = /type::of\(record::id\(\$job\.id\)\) INSIDE \['string', 'int', 'uuid'\]/;

/** Whether users must meet a condition that is in the permission or in its function. */
function asks(permission: boolean | string | undefined, { functions }: Schema['database'], condition: RegExp): boolean {
  if (typeof permission !== 'string') return permission !== true;
  const blocks = functions.filter(({ name }) => permission.includes(`fn::${name}(`)).map(({ block }) => block);
  return [permission, ...blocks].some((text) => condition.test(text));
}

/** `NONE = NONE` is true, so without a signed-in user, a row without an owner would belong to every session. */
const isGuarded = (text: string): boolean => !text.includes('$auth') || text.includes('$auth.id != NONE');
