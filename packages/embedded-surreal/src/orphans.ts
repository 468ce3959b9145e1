import type { Engine } from './engine.ts';

/** Live queries of clients that a killed server had; nobody hears them any more. */
export interface Orphans {
  readonly count: number;
  /** `namespace/database/table` of each table that has some. */
  readonly tables: readonly string[];
}

/**
 * Counts the live queries in storage that is not served yet. The engine keeps each of them for ever, and each costs every
 * write to its table about 0.12 ms (measured: 300 of them, 35 ms).
 *
 * They cannot be ended here. The engine files a live query under the id of the process that made it, takes a new id at
 * each start, and KILL looks under its own; the collector that a cluster runs for nodes that are gone is not part of this
 * build. `DEFINE … OVERWRITE` of table, database and namespace, `REBUILD INDEX`, `ALTER TABLE` and `ALTER … COMPACT` leave
 * all 300; `REMOVE TABLE` ends them, with the rows and with the edges of other tables. What helps is an export into a new
 * folder: 0.6 ms for a write, as before.
 */
export async function findOrphans(engine: Engine): Promise<Orphans> {
  const tables: string[] = [];
  let count = 0;
  for (const namespace of await names(engine, 'INFO FOR ROOT', 'namespaces')) {
    for (const database of await names(engine, `USE NS ${quote(namespace)}; INFO FOR NS`, 'databases')) {
      const use = `USE NS ${quote(namespace)} DB ${quote(database)};`;
      for (const table of await names(engine, `${use} INFO FOR DB`, 'tables')) {
        const lives = await names(engine, `${use} INFO FOR TABLE ${quote(table)}`, 'lives');
        count += lives.length;
        if (lives.length > 0) tables.push([namespace, database, table].join('/'));
      }
    }
  }
  return { count, tables };
}

/** The names under one heading of an INFO statement, the last of the query. */
async function names(engine: Engine, query: string, heading: string): Promise<string[]> {
  const info = (await engine.queryAsOwner(query)).at(-1) as Record<string, object>;
  return Object.keys(info[heading] ?? {});
}

const quote = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
