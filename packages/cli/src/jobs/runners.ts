import { setTimeout as delay } from 'node:timers/promises';
import { PARTITION_TABLE, RUNNER_TABLE } from '@spookify/runner/ownership';
import type { Queries } from '@spookify/surreal-link';

/**
 * - `alive`: it beat while the command watched.
 * - `silent`: it did not beat while the command watched, but no other runner has declared it dead yet.
 * - `gone`: another runner declared it dead, or its row was removed.
 */
export type RunnerLife = 'alive' | 'silent' | 'gone';

/** The owners of one job table's partitions, as the database has them. */
export interface Owners {
  /** The owner of each partition that has a row, by the number of the partition. Undefined for one without an owner. */
  readonly byPartition: ReadonlyMap<number, string | undefined>;
  /** The runners of this table whose rows say that they are alive, with the number of their last beat. */
  readonly beats: ReadonlyMap<string, number>;
}

interface Raw {
  readonly partitions: readonly { readonly number: number; readonly owner?: string | null }[];
  readonly runners: readonly { readonly runner: string; readonly beat: number }[];
}

/** Reads both tables completely, because they have few rows. */
const OWNERS = `RETURN {
    partitions: (SELECT record::id(id)[1] AS number, owner FROM ${PARTITION_TABLE} WHERE record::id(id)[0] = $table),
    runners: (SELECT record::id(id) AS runner, beat FROM ${RUNNER_TABLE} WHERE alive AND tables CONTAINS $table)
  }`;

/** A runner beats every 2 s. One that does not beat for this long has lost its connection or its process. */
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
 * Finds out whether runners are alive. The row of a crashed runner says that it is alive until another runner notices, so this watches
 * the runners until each has beaten. It takes one or two seconds, or `watchMs` if a runner is silent.
 *
 * @param watchMs the longest time to watch, in milliseconds; default 5,000; with 0, the rows count as true
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
