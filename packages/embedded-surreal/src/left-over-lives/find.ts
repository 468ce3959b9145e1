import type { Engine } from '../engine/engine.ts';
import { quotedName } from '../protocol/surrealql-text.ts';

/** A live query of a client of a killed server; no client receives its notifications any more. */
export interface LeftOverLive {
  readonly namespace: string;
  readonly database: string;
  readonly table: string;
  /** The numbers under which the engine files them. */
  readonly namespaceId: number;
  readonly databaseId: number;
  /** The live query's id, and the id that the engine had when it was started. */
  readonly live: string;
  readonly node: string;
}

/**
 * Lists the live queries in storage that is not served yet. The engine never removes them, and each costs every
 * write to its table about 0.12 ms (measured: 300 of them, 35 ms); one whose WHERE throws makes every write fail.
 *
 * No statement ends them. The engine files a live query under the id of the process that made it, takes a new id at
 * each start, and KILL looks under its own; the collector that a cluster runs for nodes that are gone is not part of this
 * build. `DEFINE … OVERWRITE` of table, database and namespace, `REBUILD INDEX`, `ALTER TABLE` and `ALTER … COMPACT` leave
 * all 300; `REMOVE TABLE` ends them, with the rows, their edges and the references to them. So `repair.ts` deletes them.
 */
export async function findLeftOverLives(engine: Engine): Promise<LeftOverLive[]> {
  const found: LeftOverLive[] = [];
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

/** The answer of an INFO statement, the last of the query. */
async function info<T>(engine: Engine, query: string): Promise<T> {
  return (await engine.queryAsOwner(query)).at(-1) as T;
}
