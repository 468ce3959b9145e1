/**
 * Runs as a child, because the engine gives a folder back only when its process ends: opens the folder of the first
 * argument, sends which live queries a killed server left there, and ends.
 *
 * If there are any, it also starts and ends one on a table that has them. What that leaves in the log shows the parent
 * whether the keys are still made as it believes, and which sequence number comes next.
 */
import { Engine } from '../engine/engine.ts';
import { openNativeEngine } from '../engine/native-engine.ts';
import { quotedName } from '../protocol/surrealql-text.ts';
import { findLeftOverLives, type LeftOverLive } from './find.ts';

export interface Survey {
  readonly lives: readonly LeftOverLive[];
  readonly example: LeftOverLive | undefined;
}

// The parent may be killed; its folder must not stay in use.
process.once('disconnect', () => process.exit(1));

const engine = new Engine(await openNativeEngine(`rocksdb://${process.argv[2]}`));
const lives = await findLeftOverLives(engine);
const example = lives[0] && (await startAndEnd(lives[0]));
process.send?.({ lives, example } satisfies Survey, undefined, undefined, () => process.exit(0));

async function startAndEnd(place: LeftOverLive): Promise<LeftOverLive> {
  const { namespace, database, table } = place;
  const use = `USE NS ${quotedName(namespace)} DB ${quotedName(database)};`;
  const started = await engine.queryAsOwner(`${use} LIVE SELECT * FROM ${quotedName(table)}`);
  const live = String(started.at(-1));
  const found = (await findLeftOverLives(engine)).find((one) => one.live === live);
  await engine.killLive(namespace, database, live);
  if (found === undefined) throw new Error('the live query just started is not listed');
  return found;
}
