import { RecordId } from 'surrealdb';
import type { Connection } from '../connection.ts';
import { isFenced } from './fence.ts';
import { FENCE_TABLE, PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
import type { Heartbeat } from './liveness.ts';
import type { Partition } from './partition.ts';
import { BEAT, DECLARE_DEAD, DIE, FORGET, LEAVE, REGISTER, RELEASE, TAKE } from './statements.ts';

/** The row of a runner. */
export interface RunnerRow extends Heartbeat {
  readonly alive: boolean;
  /** The job tables of which it wants partitions. */
  readonly tables: readonly string[];
  /** See `describeHost`. */
  readonly host: string | undefined;
}

/** The row of a partition. */
export interface PartitionRow extends Partition {
  /** The id of a runner. */
  readonly owner: string | undefined;
  readonly carefulUntil: Date | undefined;
}

/** The rows at one moment. */
export interface Snapshot {
  readonly runners: readonly RunnerRow[];
  readonly partitions: readonly PartitionRow[];
}

/** The runner that makes a call, and the tables of which it wants partitions. */
export interface Caller {
  readonly id: string;
  readonly tables: readonly string[];
}

/**
 * The rows of ownership in the database. Each call is one transaction. All but `register` and `die` count as a beat,
 * and reject with `RunnerDead` if the runner is not alive; then nothing was written.
 *
 * A call that rejects with an error for which `isAway` is true may have been written.
 */
export interface Registry {
  /** Adds the runner and missing partitions. Can be repeated. */
  register(runner: Caller, host: string | undefined): Promise<void>;
  beat(runner: Caller): Promise<Snapshot>;
  /**
   * Declares runners dead whose beat still equals the given one.
   * @returns the ids of those that died by this call
   */
  declareDead(runner: Caller, victims: readonly Heartbeat[]): Promise<readonly string[]>;
  /** Declares the runner itself dead. */
  die(runner: Caller): Promise<void>;
  /**
   * Takes partitions that are still free, or still owned by one of the given dead owners.
   * @returns those that it took
   */
  take(runner: Caller, partitions: readonly PartitionRow[]): Promise<readonly PartitionRow[]>;
  release(runner: Caller, partitions: readonly Partition[]): Promise<void>;
  /** Gives up all partitions and removes the runner. */
  leave(runner: Caller): Promise<void>;
  /** Removes dead runners that own nothing. */
  forget(runner: Caller, dead: readonly string[]): Promise<void>;
}

/** The runner that made a call is dead. */
export class RunnerDead extends Error {
  override readonly name = 'RunnerDead';
}

export function createRegistry(connection: Connection): Registry {
  async function send(text: string, { id, tables }: Caller, bindings: Record<string, unknown> = {}): Promise<unknown> {
    try {
      return await connection.query(text, { me: runnerId(id), runner: id, fences: fenceIds(id), tables, ...bindings });
    } catch (error) {
      if (isFenced(error)) throw new RunnerDead('this runner is dead; it continues under a new id', { cause: error });
      throw error;
    }
  }

  return {
    async register(runner, host) {
      await send(REGISTER, runner, { host });
    },
    async beat(runner) {
      const { runners, partitions } = Object(await send(BEAT, runner));
      return { runners: rows(runners).map(runnerRow), partitions: rows(partitions).map(partitionRow) };
    },
    async declareDead(runner, victims) {
      const ids = victims.map(({ id }) => runnerId(id));
      const dead = await send(DECLARE_DEAD, runner, { ids, seen: victims.map(({ id, beat }) => [id, beat]) });
      return Array.isArray(dead) ? dead.map(String) : [];
    },
    async die(runner) {
      await send(DIE, runner);
    },
    async take(runner, partitions) {
      const unowned = partitions.filter(({ owner }) => owner === undefined).map(partitionId);
      const orphans = partitions.filter(({ owner }) => owner !== undefined);
      const owners = orphans.map(({ owner }) => owner);
      const taken = await send(TAKE, runner, { unowned, orphaned: orphans.map(partitionId), owners });
      return rows(taken).map(partitionRow);
    },
    async release(runner, partitions) {
      await send(RELEASE, runner, { partitions: partitions.map(partitionId) });
    },
    async leave(runner) {
      await send(LEAVE, runner);
    },
    async forget(runner, dead) {
      await send(FORGET, runner, { runners: dead.map(rowsOf) });
    },
  };
}

/** The record id of a writer's fence, as text. */
export function fenceText(runner: string, writer: number): string {
  return String(new RecordId(FENCE_TABLE, [runner, writer]));
}

function runnerId(id: string): RecordId {
  return new RecordId(RUNNER_TABLE, id);
}

function fenceIds(id: string): RecordId[] {
  return [0, 1].map((writer) => new RecordId(FENCE_TABLE, [id, writer]));
}

function rowsOf(id: string): { readonly runner: RecordId; readonly fences: readonly RecordId[] } {
  return { runner: runnerId(id), fences: fenceIds(id) };
}

function partitionId({ table, number }: Partition): RecordId {
  return new RecordId(PARTITION_TABLE, [table, number]);
}

function rows(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(Object) : [];
}

function runnerRow({ id, beat, alive, tables, host }: Record<string, unknown>): RunnerRow {
  return {
    id: id instanceof RecordId ? String(id.id) : '',
    beat: Number(beat),
    alive: alive === true,
    tables: Array.isArray(tables) ? tables.map(String) : [],
    host: typeof host === 'string' ? host : undefined,
  };
}

function partitionRow({ id, owner, careful_until }: Record<string, unknown>): PartitionRow {
  const [table, number] = id instanceof RecordId && Array.isArray(id.id) ? id.id : [];
  return {
    table: String(table),
    number: Number(number),
    owner: typeof owner === 'string' ? owner : undefined,
    carefulUntil: careful_until instanceof Date ? careful_until : undefined,
  };
}
