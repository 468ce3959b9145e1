/*
 * The life of one runner and the partitions that it owns.
 *
 *   new ──start──▶ joining ──registered, first beat──▶ alive ──stop──▶ leaving ──handed over──▶ over
 *                     ▲                                  │                │
 *                     └── declared dead: a new id ───────┘                └─ dead · connection closed ──▶ over
 *
 * All writes of ownership are made in turns, one after the other. Each turn is a beat and the consequences of the rows
 * that it reads. What a turn cannot do because the database is away, a later turn does. The rows say what this runner
 * owns, even if the answer of a write was lost.
 *
 * A partition that is given away goes through: owned ──▶ waiting (for a random delay) ──▶ given (the caller finishes
 * its work) ──▶ finished ──▶ released.
 */
import { isAway } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { createCertainty } from './certainty.ts';
import type { Clock } from './clock.ts';
import { createDeaths } from './deaths.ts';
import { divide } from './division.ts';
import { type BeatHistory, type Heartbeat, observe, type ReadTime, silentRunners } from './liveness.ts';
import { type Partition, partitionKey } from './partition.ts';
import { type PartitionRow, type Registry, RunnerDead, type Snapshot } from './registry.ts';
import { createTicker } from './ticker.ts';
import type { OwnershipTiming } from './timing.ts';

/** What a runner does when its partitions change. */
export interface OwnershipEvents {
  /**
   * This runner owns the partition from now on. Jobs due at or before `carefulUntil` must be marked before their call,
   * because one of them may have crashed an earlier owner. Called again if the runner takes the same partition again.
   */
  onTaken(partition: Partition, carefulUntil: Date | undefined): void;
  /**
   * Another runner should get the partition. Must resolve when none of its jobs is being fetched, queued or running
   * unmarked, and every outcome is written. The owner is cleared after that. If it rejects, the partition stays and is
   * given away later. After `onLost('dead')` the promise no longer matters; the same partition may be taken again
   * meanwhile.
   */
  handOver(partition: Partition): Promise<void>;
  /**
   * These runners died or left since the last call. The owners of their partitions must make the `processing` rows that
   * name them due again.
   */
  onDeath(runners: readonly string[]): void;
  /**
   * All calls must end at once, and queued jobs must be dropped.
   *
   * - `dead`: this runner was declared dead. It owns nothing, continues under a new id and takes partitions again.
   * - `unsure`: the runner cannot be sure that it is alive. It keeps its partitions and its outcomes, and continues
   *   after `onSure`, unless it turns out to be dead.
   */
  onLost(why: 'dead' | 'unsure'): void;
  /** A beat was confirmed after `mayStart` had been false for lack of one: calls may start again. */
  onSure?(): void;
}

export interface OwnerOptions extends OwnershipEvents {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly timing: OwnershipTiming;
  readonly tables: readonly string[];
  readonly logger: Logger;
  readonly random: () => number;
  /** Returns an id that no runner has ever had. */
  newId(): string;
  /** This process, for runners on the same machine. */
  readonly host: string | undefined;
  /** Whether the process that a host text describes has certainly ended. */
  isGone(host: string): boolean;
  /** Whether no call can ever succeed again. */
  isClosed(error: unknown): boolean;
}

/** This runner among others. `ownership.ts` connects it to the database. */
export interface Owner {
  /** Its id while it counts as alive; a new one after each death. Undefined before its first beat. */
  readonly runner: string | undefined;
  /** The id that it has or will have. */
  readonly id: string;
  /**
   * Whether a call may start now: the last confirmed beat was sent less than `stopStartingMs` ago. False after `stop`.
   */
  readonly mayStart: boolean;
  /**
   * Whether the last confirmed beat was sent less than `stopStartingMs` ago, also after `stop`. A write at that time is
   * not stale.
   */
  readonly isSure: boolean;
  /** The partitions that this runner owns, including those that it is handing over. */
  readonly owned: readonly Partition[];
  /** Registers as soon as the database is connected, then beats. */
  start(): void;
  /** Beats now: after a new connection, or after an error for which `isFenced` is true. */
  connected(): void;
  /**
   * Calls `handOver` for every partition, clears the owners and removes the runner. Resolves when that is done, when
   * the runner turns out to be dead, or when the connection is closed; the caller bounds the time by closing it. Safe
   * to call in any state and again.
   */
  stop(): Promise<void>;
}

interface Owned {
  readonly partition: Partition;
  giving: 'waiting' | 'given' | 'finished' | 'released' | undefined;
  /** Cancels the delay before the handover. */
  cancel(): void;
}

export function createOwner(options: OwnerOptions): Owner {
  const { registry, clock, timing, logger } = options;
  const { beatMs, deadAfterMs, forgetAfterMs } = timing;
  let id = options.newId();
  let phase: 'new' | 'joining' | 'alive' | 'leaving' | 'over' = 'new';
  /** Whether the database may know its id. */
  let isSent = false;
  let isRegistered = false;
  let hasLeft = false;
  let owned = new Map<string, Owned>();
  let deaths = createDeaths(forgetAfterMs);
  let beatHistory: BeatHistory | undefined;
  let problem = '';
  const over = Promise.withResolvers<void>();

  const certainty = createCertainty(clock, {
    ...timing,
    onUnsure() {
      logger.warn(
        { runner: id },
        'no beat of this runner was confirmed for too long; its calls are aborted until one is',
      );
      options.onLost('unsure');
    },
    onSure: () => options.onSure?.(),
  });
  const ticker = createTicker(clock, beatMs, turn);

  const caller = () => ({ id, tables: phase === 'leaving' ? [] : options.tables });
  // A function, because the compiler does not see that other code changes the phase during an `await`.
  const isLeaving = (): boolean => phase === 'leaving';

  async function turn(): Promise<void> {
    try {
      await (isLeaving() ? leave() : live());
      problem = '';
    } catch (error) {
      if (error instanceof RunnerDead) die();
      // A runner that owns nothing does not wait for the database.
      else if (options.isClosed(error) || (isLeaving() && !isRegistered && isAway(error))) finish();
      else if (!isAway(error)) report(error);
    }
  }

  async function live(): Promise<void> {
    if (!isRegistered) {
      isSent = true;
      await registry.register(caller(), options.host);
    }
    await release();
    const { snapshot, time } = await beat();
    const current = await declareDeaths(snapshot, time);
    reportDeaths(current);
    if (isLeaving()) return;
    await takeAndGive(current);
    const forgettable = deaths.forgettable(current, clock.now());
    if (forgettable.length > 0) await confirming(() => registry.forget(caller(), forgettable));
  }

  /** Makes a call that counts as a beat. */
  async function confirming<Result>(call: () => Promise<Result>): Promise<Result> {
    const sentAt = clock.now();
    const result = await call();
    certainty.confirm(sentAt);
    return result;
  }

  async function beat(): Promise<{ readonly snapshot: Snapshot; readonly time: ReadTime }> {
    const sentAt = clock.now();
    const snapshot = await confirming(() => registry.beat(caller()));
    if (!isRegistered) {
      isRegistered = true;
      if (phase === 'joining') phase = 'alive';
    }
    await reconcile(snapshot);
    return { snapshot, time: { sentAt, answeredAt: clock.now() } };
  }

  /** Adopts what the rows say, including the effect of calls whose answer was lost. */
  async function reconcile({ partitions }: Snapshot): Promise<void> {
    const mine = new Map(partitions.filter(({ owner }) => owner === id).map((row) => [partitionKey(row), row]));
    for (const [key, { partition, giving }] of owned) {
      if (mine.has(key)) continue;
      if (giving !== 'released') {
        logger.error(
          { runner: id, ...partition },
          'a partition was taken from this living runner; it continues under a new id',
        );
        await registry.die(caller());
        throw new RunnerDead('the rows of its partitions were changed from outside');
      }
      owned.delete(key);
    }
    for (const row of mine.values()) own(row);
  }

  function own({ table, number, carefulUntil }: PartitionRow): void {
    const partition = { table, number };
    const key = partitionKey(partition);
    if (owned.has(key)) return;
    owned.set(key, { partition, giving: undefined, cancel() {} });
    options.onTaken(partition, carefulUntil);
  }

  /** @returns the snapshot after the deaths that this runner declared */
  async function declareDeaths(snapshot: Snapshot, time: ReadTime): Promise<Snapshot> {
    const others = snapshot.runners.filter((runner) => runner.alive && runner.id !== id);
    beatHistory = observe(beatHistory, others, time, 2 * beatMs);
    const gone = others.filter(({ host }) => host !== undefined && options.isGone(host));
    const silent = silentRunners(beatHistory, deadAfterMs);
    const victims = new Map<string, Heartbeat>([...silent, ...gone].map((victim) => [victim.id, victim]));
    if (victims.size === 0) return snapshot;
    const dead = await confirming(() => registry.declareDead(caller(), [...victims.values()]));
    if (dead.length > 0) logger.warn({ runner: id, dead }, 'declared runners dead');
    const runners = snapshot.runners.map((row) => (dead.includes(row.id) ? { ...row, alive: false } : row));
    return { ...snapshot, runners };
  }

  function reportDeaths(snapshot: Snapshot): void {
    const dead = deaths.see(snapshot, clock.now());
    if (dead.length > 0) options.onDeath(dead);
  }

  async function takeAndGive({ runners, partitions }: Snapshot): Promise<void> {
    const living = runners.filter(({ alive }) => alive);
    const isLiving = new Set(living.map((runner) => runner.id));
    const takes: PartitionRow[] = [];
    for (const table of options.tables) {
      const rows = partitions.filter((row) => row.table === table).toSorted((a, b) => a.number - b.number);
      const able = living.filter(({ tables }) => tables.includes(table)).map((runner) => runner.id);
      const owners = rows.map(({ number, owner }) => ({
        number,
        owner: owner !== undefined && isLiving.has(owner) ? owner : undefined,
      }));
      const { take, give } = divide(id, able, owners);
      takes.push(...rows.filter(({ number }) => take.includes(number)));
      if (give !== undefined) giveLater({ table, number: give });
    }
    if (takes.length === 0) return;
    const taken = await confirming(() => registry.take(caller(), takes));
    for (const row of taken) own(row);
  }

  /** One partition of each table at a time, after a random delay so that runners do not act at the same moment. */
  function giveLater(partition: Partition): void {
    const isGiving = [...owned.values()].some((other) => other.giving && other.partition.table === partition.table);
    const given = owned.get(partitionKey(partition));
    if (isGiving || given === undefined) return;
    given.giving = 'waiting';
    given.cancel = clock.after(options.random() * beatMs, () => void handOver(given));
  }

  async function handOver(given: Owned): Promise<void> {
    given.cancel();
    given.giving = 'given';
    try {
      await options.handOver(given.partition);
      given.giving = 'finished';
    } catch (error) {
      given.giving = undefined;
      logger.error({ err: error, ...given.partition }, 'a partition could not be handed over; the runner tries again');
      return;
    }
    if (isCurrent(given)) ticker.notify();
  }

  /** False after a death, when the same partition may be owned again. */
  const isCurrent = (one: Owned): boolean => owned.get(partitionKey(one.partition)) === one;

  async function release(): Promise<void> {
    const finished = [...owned.values()].filter(({ giving }) => giving === 'finished' || giving === 'released');
    if (finished.length === 0) return;
    for (const one of finished) one.giving = 'released';
    const partitions = finished.map(({ partition }) => partition);
    await confirming(() => registry.release(caller(), partitions));
    for (const partition of partitions) owned.delete(partitionKey(partition));
  }

  async function leave(): Promise<void> {
    if (!isSent) return finish();
    await release();
    // From this beat on, other runners take free partitions without regard to this one. It also finds partitions that a
    // take with a lost answer has added; they must be handed over too.
    await beat();
    giveAll();
    if (owned.size > 0) return;
    hasLeft = true;
    await registry.leave(caller());
    finish();
  }

  function giveAll(): void {
    for (const one of owned.values()) {
      if (one.giving === undefined || one.giving === 'waiting') void handOver(one);
    }
  }

  function die(): void {
    if (hasLeft) {
      finish();
      return;
    }
    const wasRegistered = isRegistered;
    const dead = id;
    id = options.newId();
    isSent = false;
    isRegistered = false;
    forgetOwned();
    deaths = createDeaths(forgetAfterMs);
    beatHistory = undefined;
    certainty.end();
    if (wasRegistered) {
      logger.warn({ runner: dead, newId: id }, 'this runner was declared dead; it continues under a new id');
      options.onLost('dead');
    }
    if (isLeaving()) {
      finish();
    } else {
      phase = 'joining';
      ticker.notify();
    }
  }

  function finish(): void {
    phase = 'over';
    isRegistered = false;
    forgetOwned();
    certainty.end();
    ticker.stop();
    over.resolve();
  }

  function forgetOwned(): void {
    for (const { cancel } of owned.values()) cancel();
    owned = new Map();
  }

  /** Logs a repeated error only once. */
  function report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === problem) return;
    problem = message;
    logger.error(
      { err: error },
      'this runner cannot register or beat; it keeps trying. If a table is missing, run spooky db migrate',
    );
  }

  return {
    get runner() {
      return isRegistered ? id : undefined;
    },
    get id() {
      return id;
    },
    get mayStart() {
      return phase === 'alive' && certainty.isSure;
    },
    get isSure() {
      return certainty.isSure;
    },
    get owned() {
      return [...owned.values()].map(({ partition }) => partition);
    },
    start() {
      if (phase !== 'new') return;
      phase = 'joining';
      ticker.start();
    },
    connected: () => ticker.notify(),
    stop() {
      if (phase === 'new') finish();
      if (phase !== 'over' && phase !== 'leaving') {
        phase = 'leaving';
        giveAll();
        ticker.notify();
      }
      return over.promise;
    },
  };
}
