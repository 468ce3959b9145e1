/**
 * A child process, because the engine releases a folder only when its process ends. Opens the folder that the first
 * argument names, sends the list of live queries that a killed server left there, and exits.
 *
 * If there are any, it also starts and ends a live query on one of their tables. The log entries of that example show
 * the parent whether the engine still stores the keys as expected, and which sequence number comes next.
 */
import { Engine } from '../engine/engine.ts';
import { openNativeEngine } from '../engine/native-engine.ts';
import { quotedName } from '../protocol/surrealql-text.ts';
import { findOrphanedLiveQueries, type OrphanedLiveQuery } from './find-orphans.ts';

export interface Survey {
  readonly liveQueries: readonly OrphanedLiveQuery[];
  readonly example: OrphanedLiveQuery | undefined;
}

// If the parent is killed, this process must release the folder.
process.once('disconnect', () => process.exit(1));

const engine = new Engine(await openNativeEngine(`rocksdb://${process.argv[2]}`));
const liveQueries = await findOrphanedLiveQueries(engine);
const example = liveQueries[0] && (await startAndEnd(liveQueries[0]));
process.send?.({ liveQueries, example } satisfies Survey, undefined, undefined, () => process.exit(0));

async function startAndEnd(place: OrphanedLiveQuery): Promise<OrphanedLiveQuery> {
  const { namespace, database, table } = place;
  const use = `USE NS ${quotedName(namespace)} DB ${quotedName(database)};`;
  const started = await engine.queryAsOwner(`${use} LIVE SELECT * FROM ${quotedName(table)}`);
  const live = String(started.at(-1));
  const found = (await findOrphanedLiveQueries(engine)).find((one) => one.live === live);
  await engine.killLiveQuery(namespace, database, live);
  if (found === undefined) throw new Error('the live query that was just started is not listed');
  return found;
}
