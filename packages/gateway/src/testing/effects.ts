/*
 * Counts what each write has done. Every random write has a name that is part of what it does, and events of the
 * database record the names, in the transaction of the effect and whatever the answer to the writer was.
 */
import type { Queries } from '@spookify/surreal-link';
import type { Random } from './random.ts';
import { TEST_SCHEMA } from './schema.ts';

export const EFFECT_SCHEMA = `${TEST_SCHEMA}
DEFINE TABLE item TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select, create, update, delete WHERE $auth.id != NONE;
DEFINE FIELD mark ON item TYPE string;
DEFINE TABLE effect TYPE NORMAL SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD name ON effect TYPE string;
DEFINE EVENT effect ON item THEN {
  CREATE effect SET name = IF $event = 'DELETE' { <string> record::id($before.id) } ELSE { $after.mark }
};
DEFINE EVENT effect ON work WHEN $event = 'CREATE' THEN { CREATE effect SET name = <string> record::id($after.id) };`;

/** A write with a key and what it leaves behind. */
export interface NamedWrite {
  /** Its key, and the name of its effect. */
  readonly name: string;
  readonly write: object;
}

/**
 * Random writes of all kinds. Many update the same few records, and many runs have the same unique key. Creates the
 * records that they need, without effects.
 */
export async function randomWrites(
  owner: Queries,
  random: Random,
  count: number,
  prefix: string,
): Promise<NamedWrite[]> {
  const item = (key: string) => ({ $r: ['item', key] });
  const writes = Array.from({ length: count }, (_, index): NamedWrite => {
    const name = `${prefix}-${index}`;
    const shared = item(`shared-${random.below(3)}`);
    return {
      name,
      write: random.pick([
        { kind: 'create', id: item(name), fields: { mark: name } },
        { kind: 'update', id: shared, fields: { mark: name } },
        { kind: 'update', id: shared, fields: { mark: name }, base: { mark: random.pick(['before', name]) } },
        { kind: 'delete', id: item(name) },
        run(name),
        run(name, { uniqueKey: `once-${random.below(2)}` }),
      ]),
    };
  });
  const deleted = writes.filter(({ write }) => 'kind' in write && write.kind === 'delete').map(({ name }) => name);
  await owner.queryAll(
    `FOR $key IN array::concat($deleted, ['shared-0', 'shared-1', 'shared-2']) {
       UPSERT type::record('item', $key) SET mark = 'before'
     };
     DELETE effect`,
    { deleted },
  );
  return writes;
}

/** Ends all jobs, so that their unique keys are free. */
export async function endJobs(owner: Queries): Promise<void> {
  await owner.query("UPDATE work SET active_key = NONE, status = 'success'");
}

/** How many effects each write had. */
export async function effectCounts(owner: Queries): Promise<ReadonlyMap<string, number>> {
  const names = await owner.query<string[]>('SELECT VALUE name FROM effect');
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * What is wrong with the effects of answered writes: a refused write has none and any other has one, unless it is a run
 * that returned another job.
 */
export async function effectFaults(
  owner: Queries,
  answered: readonly { readonly name: string; readonly type: string; readonly result?: unknown }[],
): Promise<string[]> {
  const counts = await effectCounts(owner);
  return answered.flatMap(({ name, type, result }) => {
    const count = counts.get(name) ?? 0;
    const text = JSON.stringify(result ?? null);
    const isOtherJob = text.includes('"$r":["work"') && !text.includes(`"$r":["work","${name}"]`);
    const expected = type === 'written' && !isOtherJob ? 1 : 0;
    return count === expected ? [] : [`${name} was ${type} and had ${count} effects`];
  });
}

function run(key: string, options?: object): object {
  const id = { $r: ['work', key] };
  return { kind: 'run', backend: 'worker', path: '/print', id, payload: { id: 'x' }, ...(options && { options }) };
}
