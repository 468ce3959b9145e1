import { setTimeout as delay } from 'node:timers/promises';
import { PARTITION_TABLE, RUNNER_TABLE } from '@spookify/runner/ownership';
import type { Queries } from '@spookify/surreal-link';

/**
 * - `alive`: it beats.
 * - `silent`: no other runner has declared it dead yet, but it gave no sign of life while the command watched.
 * - `gone`: declared dead, or removed.
 */
export type RunnerLife = 'alive' | 'silent' | 'gone';

/** What the database says of the owners of one job table. */
export interface Owners {
  /** The owner of each partition that has a row, by its number; undefined for a partition without an owner. */
  readonly byPartition: ReadonlyMap<number, string | undefined>;
  /** Runners that count as alive and deliver the jobs of this table, with the number of their last beat. */
  readonly beats: ReadonlyMap<string, number>;
}

interface Raw {
  readonly partitions: readonly { readonly number: number; readonly owner?: string | null }[];
  readonly runners: readonly { readonly runner: string; readonly beat: number }[];
}

/** Both tables have a few rows and are read whole. */
const OWNERS = `RETURN {
    partitions: (SELECT record::id(id)[1] AS number, owner FROM ${PARTITION_TABLE} WHERE record::id(id)[0] = $table),
    runners: (SELECT record::id(id) AS runner, beat FROM ${RUNNER_TABLE} WHERE alive AND tables CONTAINS $table)
  }`;

/** A runner beats every 2 s; one that does not for longer is cut off, or its process is gone. */
const WATCH_MS = 5_000;
const LOOK_MS = 200;

export async function readOwners(database: Queries, table: string): Promise<Owners> {
  const [{ partitions, runners }] = await database.queryAll<[Raw]>(OWNERS, { table });
  return {
    byPartition: new Map(partitions.map(({ number, owner }) => [number, owner ?? undefined])),
    beats: new Map(runners.map(({ runner, beat }) => [runner, beat])),
  };
}

/**
 * Says how each runner is. The rows of a runner that has crashed say that it is alive until another runner has noticed, so those
 * that count as alive are watched until they beat. This takes a second or two, or `watchMs` if one of them is silent.
 *
 * @param watchMs 5 seconds by default; 0 believes what the rows say
 */
export async function livesOf(
  database: Queries,
  table: string,
  runners: Iterable<string>,
  watchMs: number = WATCH_MS,
): Promise<Map<string, RunnerLife>> {
  const { beats: first } = await readOwners(database, table);
  const lives = new Map<string, RunnerLife>();
  for (const runner of runners) {
    lives.set(runner, first.has(runner) ? (watchMs > 0 ? 'silent' : 'alive') : 'gone');
  }
  const silent = (): string[] => [...lives].filter(([, life]) => life === 'silent').map(([runner]) => runner);
  const end = performance.now() + watchMs;
  while (silent().length > 0 && performance.now() < end) {
    await delay(LOOK_MS);
    const { beats } = await readOwners(database, table);
    for (const runner of silent()) {
      const beat = beats.get(runner);
      if (beat === undefined) lives.set(runner, 'gone');
      else if (beat !== first.get(runner)) lives.set(runner, 'alive');
    }
  }
  return lives;
}
