/*
 * Simulates runners that own partitions: the real code of `owner.ts` and below, in simulated time, on a database of a
 * few maps whose transactions are single function calls. Everything else may fail at any moment.
 *
 * The simulation checks at each write of the database, and after each event, that
 *
 * - a partition leaves a living owner only by the owner's own action,
 * - no runner is declared dead while it runs and reaches the database,
 * - no runner is declared dead while its calls may be running, unless its process was killed or paused,
 * - no two runners may start calls of one partition.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import { RunnerError } from '../errors.ts';
import { silentLogger } from '../logger.ts';
import type { Clock } from '../ownership/clock.ts';
import { createOwner, type Owner } from '../ownership/owner.ts';
import { PARTITIONS, type Partition, partitionKey } from '../ownership/partition.ts';
import {
  type Caller,
  type PartitionRow,
  type Registry,
  RunnerDead,
  type RunnerRow,
  type Snapshot,
} from '../ownership/registry.ts';
import { DEFAULT_TIMING } from '../ownership/timing.ts';
import type { Draw } from './chaos/random.ts';

/** The longest transit time of a request or an answer. */
const MAX_TRANSIT_MS = 200;
/** The share of answers that are lost because a connection breaks. */
const LOST_ANSWERS = 1 / 50;
/** The longest handover. */
const MAX_HANDOVER_MS = 3_000;
/** The longest reconnect. */
const RECONNECT_MS = 500;

export interface Member {
  readonly name: string;
  readonly tables: readonly string[];
  readonly owner: Owner;
  /** Partitions of which it may start calls, in its own view. */
  readonly active: Set<string>;
  /** Deaths that were reported to it. */
  readonly deaths: Set<string>;
  /** When its current id was registered; undefined while it is not registered. */
  registeredAt: number | undefined;
  /** Calls may be running: `onLost` was not called. */
  isCalling: boolean;
  state: 'running' | 'paused' | 'killed' | 'stopped';
  /** Whether its own connection to the database is cut. */
  isCut: boolean;
  /** When it was last paused or cut. */
  hinderedAt: number;
}

export interface Simulation {
  readonly now: number;
  readonly members: readonly Member[];
  readonly violations: readonly string[];
  /** Rows whose `alive` was cleared, and when. */
  readonly died: ReadonlyMap<string, number>;
  rows(): Snapshot;
  join(tables: readonly string[]): void;
  stop(member: Member): void;
  pause(member: Member): void;
  resume(member: Member): void;
  kill(member: Member): void;
  cut(member: Member): void;
  mend(member: Member): void;
  /** The database is away for all runners. */
  breakDatabase(): void;
  mendDatabase(): void;
  /** The clock of the database jumps. */
  stepClock(ms: number): void;
  /** Advances the simulated time. */
  run(ms: number): Promise<void>;
}

interface SimulatedEvent {
  readonly at: number;
  readonly order: number;
  run(): void;
}

export function createSimulation(draw: Draw): Simulation {
  let now = 0;
  let order = 0;
  let wallOffset = Date.UTC(2026, 0);
  let isUp = true;
  let names = 0;
  const queue: SimulatedEvent[] = [];
  const members: Member[] = [];
  const violations: string[] = [];
  const died = new Map<string, number>();
  const waiting = new Map<Member, (() => void)[]>();

  const runners = new Map<string, { -readonly [Key in keyof RunnerRow]: RunnerRow[Key] }>();
  const partitions = new Map<string, { -readonly [Key in keyof PartitionRow]: PartitionRow[Key] }>();

  function later(ms: number, run: () => void): void {
    order += 1;
    const next = { at: now + Math.max(0, ms), order, run };
    const index = queue.findLastIndex(({ at }) => at <= next.at);
    queue.splice(index + 1, 0, next);
  }

  /** Runs something in a process: never if it is killed, and only later if it is paused. */
  function inProcess(member: Member, run: () => void): void {
    if (member.state === 'paused') waiting.get(member)?.push(run);
    else if (member.state !== 'killed') run();
  }

  function memberOf(runner: string | undefined): Member | undefined {
    return members.find(({ name }) => runner?.startsWith(`${name}/`));
  }

  function reportViolation(what: string): void {
    violations.push(`at ${Math.round(now)} ms: ${what}`);
  }

  /** A request, its transaction, and its answer. Request and answer may both be lost. */
  function call<Result>(member: Member, transaction: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const isAway = (): boolean => !isUp || member.isCut;
    const lose = (): void => inProcess(member, () => reject(new RunnerError('SPOOKY_RUNNER_DATABASE_AWAY', 'away')));
    const transit = (): number => draw() * MAX_TRANSIT_MS;
    if (isAway()) {
      later(1, lose);
      return promise;
    }
    later(transit(), () => {
      if (isAway()) return lose();
      let answer: () => void;
      try {
        const result = transaction();
        answer = () => resolve(result);
      } catch (error) {
        answer = () => reject(error);
      }
      const isLost = draw() < LOST_ANSWERS;
      later(transit(), () => (isLost || isAway() ? lose() : inProcess(member, answer)));
    });
    return promise;
  }

  function setOwner(row: { -readonly [Key in keyof PartitionRow]: PartitionRow[Key] }, by: string, to?: string): void {
    const { owner } = row;
    if (owner !== undefined && owner !== by && runners.get(owner)?.alive) {
      reportViolation(`${by} took ${partitionKey(row)} from ${owner}, which is alive`);
    }
    row.owner = to;
  }

  function beat({ id, tables }: Caller): void {
    const row = runners.get(id);
    if (!row?.alive) throw new RunnerDead('dead');
    row.beat += 1;
    row.tables = tables;
  }

  function markDead(id: string): void {
    const row = runners.get(id);
    if (!row?.alive) return;
    row.alive = false;
    died.set(id, now);
  }

  function checkDeath(id: string): void {
    const victim = memberOf(id);
    if (victim === undefined || victim.state === 'killed' || victim.state === 'paused') return;
    // An id that it no longer has, or does not know that it has, does not count.
    if (victim.owner.id !== id || victim.owner.runner === undefined) return;
    const { deadAfterMs, beatMs } = DEFAULT_TIMING;
    const isHindered = victim.isCut || now - victim.hinderedAt < deadAfterMs + 2 * beatMs;
    if (!isHindered) reportViolation(`${id} was declared dead, but it ran and reached the database`);
    if (victim.isCalling) reportViolation(`${id} was declared dead while its calls were running`);
  }

  function registryOf(member: Member): Registry {
    const asLiving = <Result>(caller: Caller, transaction: () => Result): Promise<Result> =>
      call(member, () => {
        beat(caller);
        return transaction();
      });
    return {
      register: ({ id, tables }, host) =>
        call(member, () => {
          if (!runners.has(id)) runners.set(id, { id, beat: 0, alive: true, tables, host });
          for (const table of tables) {
            if ([...partitions.values()].some((row) => row.table === table)) continue;
            for (let number = 0; number < PARTITIONS; number += 1) {
              const row = { table, number, owner: undefined, carefulUntil: undefined };
              partitions.set(partitionKey(row), row);
            }
          }
        }),
      beat: (caller) => asLiving(caller, rows),
      declareDead: (caller, victims) =>
        asLiving(caller, () => {
          const dead = victims.filter(({ id, beat: seen }) => runners.get(id)?.alive && runners.get(id)?.beat === seen);
          for (const { id } of dead) {
            checkDeath(id);
            markDead(id);
          }
          return dead.map(({ id }) => id);
        }),
      die: ({ id }) => call(member, () => markDead(id)),
      take: (caller, wanted) =>
        asLiving(caller, () => {
          const owners = wanted.flatMap(({ owner }) => owner ?? []);
          return wanted.flatMap((before) => {
            const row = partitions.get(partitionKey(before));
            if (row === undefined) return [];
            const isOrphaned = before.owner !== undefined;
            const isStill = isOrphaned ? owners.includes(row.owner ?? '') : row.owner === undefined;
            if (!isStill) return [];
            setOwner(row, caller.id, caller.id);
            if (isOrphaned) row.carefulUntil = new Date(wallOffset + now);
            return [{ ...row }];
          });
        }),
      release: (caller, given) => asLiving(caller, () => releaseRows(caller, given.map(partitionKey))),
      leave: (caller) =>
        asLiving(caller, () => {
          releaseRows(caller, partitions.keys());
          runners.delete(caller.id);
        }),
      forget: (caller, dead) =>
        asLiving(caller, () => {
          for (const id of dead) {
            const isOwner = [...partitions.values()].some(({ owner }) => owner === id);
            if (!isOwner && runners.get(id)?.alive === false) runners.delete(id);
          }
        }),
    };
  }

  function releaseRows({ id }: Caller, keys: Iterable<string>): void {
    for (const key of keys) {
      const row = partitions.get(key);
      if (row?.owner !== id) continue;
      if (memberOf(id)?.active.has(key)) reportViolation(`${id} gave up ${key} before it was handed over`);
      setOwner(row, id);
    }
  }

  function rows(): Snapshot {
    return {
      runners: [...runners.values()].map((row) => ({ ...row })),
      partitions: [...partitions.values()].map((row) => ({ ...row })),
    };
  }

  function clockOf(member: Member): Clock {
    // Clocks of two machines never agree.
    const start = Math.floor(draw() * 1e9);
    return {
      now: () => start + now,
      after(ms, work) {
        let isCancelled = false;
        later(ms, () =>
          inProcess(member, () => {
            if (!isCancelled) work();
          }),
        );
        return () => {
          isCancelled = true;
        };
      },
    };
  }

  function join(tables: readonly string[]): void {
    names += 1;
    const name = `m${names}`;
    // Half of them run where other runners can see their process.
    const host = draw() < 0.5 ? name : undefined;
    let idCount = 0;
    const active = new Set<string>();
    const deaths = new Set<string>();
    const handOver = (partition: Partition): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const idAtStart = idCount;
      later(draw() * MAX_HANDOVER_MS, () =>
        inProcess(member, () => {
          // After a death, the new id may have taken the partition again.
          if (idAtStart === idCount) active.delete(partitionKey(partition));
          resolve();
        }),
      );
      return promise;
    };
    const member: Member = {
      name,
      tables,
      active,
      deaths,
      registeredAt: undefined,
      isCalling: false,
      state: 'running',
      isCut: false,
      hinderedAt: Number.NEGATIVE_INFINITY,
      get owner() {
        return owner;
      },
    };
    waiting.set(member, []);
    const owner = createOwner({
      registry: registryOf(member),
      clock: clockOf(member),
      timing: DEFAULT_TIMING,
      tables,
      logger: silentLogger,
      random: draw,
      newId: () => `${name}/${++idCount}`,
      host,
      isGone: (text) => members.some((other) => other.name === text && other.state === 'killed'),
      isClosed: () => false,
      onTaken: (partition) => void active.add(partitionKey(partition)),
      handOver,
      onDeath(runnerIds) {
        for (const id of runnerIds) deaths.add(id);
      },
      onLost(why) {
        member.isCalling = false;
        if (why === 'unsure') return;
        // At this point it already has its new id.
        if (!died.has(`${name}/${idCount - 1}`)) reportViolation(`${name} was notified of a death that did not happen`);
        active.clear();
        deaths.clear();
      },
    });
    members.push(member);
    owner.start();
  }

  function check(): void {
    const starters = new Map<string, string>();
    for (const member of members) {
      const { state, owner, active, name } = member;
      if (state === 'killed' || state === 'stopped') continue;
      member.registeredAt = owner.runner === undefined ? undefined : (member.registeredAt ?? now);
      if (state === 'paused' || !owner.mayStart) continue;
      if (active.size > 0) member.isCalling = true;
      for (const key of active) {
        if (starters.has(key)) reportViolation(`${name} and ${starters.get(key)} may both start calls of ${key}`);
        starters.set(key, name);
      }
    }
  }

  function reconnect(member: Member): void {
    later(draw() * RECONNECT_MS, () => inProcess(member, () => member.owner.connected()));
  }

  return {
    get now() {
      return now;
    },
    members,
    violations,
    died,
    rows,
    join,
    stop(member) {
      inProcess(member, () => {
        void member.owner.stop().then(() => {
          member.state = 'stopped';
          member.active.clear();
        });
      });
    },
    pause(member) {
      if (member.state === 'running') member.state = 'paused';
      member.hinderedAt = now;
    },
    resume(member) {
      if (member.state !== 'paused') return;
      member.state = 'running';
      member.hinderedAt = now;
      for (const run of waiting.get(member)?.splice(0) ?? []) later(0, () => inProcess(member, run));
    },
    kill(member) {
      if (member.state !== 'stopped') member.state = 'killed';
    },
    cut(member) {
      member.isCut = true;
      member.hinderedAt = now;
    },
    mend(member) {
      if (!member.isCut) return;
      member.isCut = false;
      member.hinderedAt = now;
      reconnect(member);
    },
    breakDatabase() {
      isUp = false;
    },
    mendDatabase() {
      if (isUp) return;
      isUp = true;
      for (const member of members) reconnect(member);
    },
    stepClock(ms) {
      wallOffset += ms;
    },
    async run(ms) {
      const until = now + ms;
      await immediate();
      for (let next = queue[0]; next !== undefined && next.at <= until; next = queue[0]) {
        queue.shift();
        now = next.at;
        next.run();
        // Runs everything that follows from it at once.
        await immediate();
        check();
      }
      now = until;
    },
  };
}
