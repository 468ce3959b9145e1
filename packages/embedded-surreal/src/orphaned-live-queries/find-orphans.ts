import type { Engine } from '../engine/engine.ts';
import { quotedName } from '../protocol/surrealql-text.ts';

/** A live query that a killed server left in the data folder. No client receives its notifications any more. */
export interface OrphanedLiveQuery {
  readonly namespace: string;
  readonly database: string;
  readonly table: string;
  /** The numbers that the engine uses for the namespace and the database in its keys. */
  readonly namespaceId: number;
  readonly databaseId: number;
  /** The id of the live query, and the id of the engine process that started it. */
  readonly live: string;
  readonly node: string;
}

/**
 * Lists the live queries in a storage that no server uses yet. The engine never removes them, and each adds about 0.12
 * ms to every write to its table (measured: 300 of them, 35 ms). One whose WHERE throws makes every write fail.
 *
 * No statement ends them. The engine files a live query under the id of the process that started it, takes a new id at
 * each start, and KILL only looks under the current one. The task that removes dead nodes in a cluster is not part of
 * this build. `DEFINE … OVERWRITE` of table, database and namespace, `REBUILD INDEX`, `ALTER TABLE` and `ALTER …
 * COMPACT` left all 300 in place. `REMOVE TABLE` ends them, but also deletes the rows, their edges and the references
 * to them. So `end-orphans.ts` deletes their keys.
 */
export async function findOrphanedLiveQueries(engine: Engine): Promise<OrphanedLiveQuery[]> {
  const found: OrphanedLiveQuery[] = [];
  const { namespaces } = await info<{ namespaces: Numbered[] }>(engine, 'INFO FOR ROOT STRUCTURE');
  for (const { id: namespaceId, name: namespace } of namespaces) {
    const useNamespace = `USE NS ${quotedName(namespace)};`;
    const { databases } = await info<{ databases: Numbered[] }>(engine, `${useNamespace} INFO FOR NS STRUCTURE`);
    for (const { id: databaseId, name: database } of databases) {
      const use = `USE NS ${quotedName(namespace)} DB ${quotedName(database)};`;
      const { tables } = await info<{ tables: Numbered[] }>(engine, `${use} INFO FOR DB STRUCTURE`);
      for (const { name: table } of tables) {
        const question = `${use} INFO FOR TABLE ${quotedName(table)} STRUCTURE`;
        const { lives } = await info<{ lives: { id: unknown; node: unknown }[] }>(engine, question);
        for (const { id, node } of lives) {
          found.push({ namespace, database, table, namespaceId, databaseId, live: String(id), node: String(node) });
        }
      }
    }
  }
  return found;
}

interface Numbered {
  readonly id: number;
  readonly name: string;
}

/** The result of an INFO statement, which is the last one of the query. */
async function info<T>(engine: Engine, query: string): Promise<T> {
  return (await engine.queryAsOwner(query)).at(-1) as T;
}
