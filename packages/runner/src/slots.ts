/*
 * Which of the claimed jobs may run now: `concurrency` at a time, and of a route that has a limit of its own no more
 * than that.
 *
 *   claimed ──▶ waiting, by route ──a slot is free──▶ running ──▶ done
 *      └── its route is full, and so is what waits for it ──▶ deferred to when its turn may be
 *
 * While there is a backlog, claims go ahead of the slots, so that these are busy while the next claim is on its way: by
 * what is done in half a second, so that a slow backend's jobs stay where another runner can take them.
 */

interface Waiting<T> {
  readonly item: T;
  /** By the clock of `performance.now()`. */
  readonly since: number;
}

/** What one route's jobs have to share. */
interface Gate<T> {
  readonly limit: number;
  readonly waiting: Waiting<T>[];
  running: number;
  /** How long its attempts take, in milliseconds, a moving average. */
  attemptMs: number;
  /** By the clock of `performance.now()`: the turn given to the last job that was deferred. */
  lastTurn: number;
}

export interface SlotsOptions<T> {
  /** How many may run at a time. */
  readonly concurrency: number;
  /** How many of one route, where that is less. By path. */
  readonly routes: ReadonlyMap<string, number>;
  /** Begins a job; `done` must be called when it has ended. */
  readonly start: (item: T) => void;
}

export interface Demand {
  /** More are due than the last claim gave. */
  readonly backlog: boolean;
  /** Done, but still to be written: when the database is the slower side, claiming more would only make it slower. */
  readonly unwritten: number;
}

export interface Slots<T> {
  readonly running: number;
  /** How many to claim now; none until it is worth a claim: a slot is idle, or half of what may be held is missing. */
  room(demand: Demand): number;
  /** Runs it as soon as it may. Gives the milliseconds after which to try again if it cannot be held that long. */
  add(item: T, path: string): number | undefined;
  done(path: string, tookMs: number): void;
  /** Gives back what waits behind a job that has waited for longer than this, so that others may run it; 0 for all. */
  takeBack(longerThanMs: number): T[];
}

/** Claims go ahead by what is done in this time. */
const AHEAD_MS = 500;
const MOST_AHEAD = 500;
/** Nothing is claimed ahead before a few attempts have shown that they are short. */
const FIRST_GUESS_MS = 10_000;
const FIRST_GUESS_OF_ROUTE_MS = 1_000;
/** Attempts. */
const AVERAGE_OVER = 8;
const LONGEST_DEFER_MS = 60_000;

export function createSlots<T>({ concurrency, routes, start }: SlotsOptions<T>): Slots<T> {
  const common = gate<T>(Number.POSITIVE_INFINITY);
  const limited = new Map([...routes].map(([path, limit]) => [path, gate<T>(limit)]));
  const gates = [...limited.values(), common];
  let running = 0;
  /** Of all routes together. */
  let attemptMs = FIRST_GUESS_MS;

  function isOpen(one: Gate<T>): boolean {
    return running < concurrency && one.running < one.limit;
  }

  function run(one: Gate<T>, item: T): void {
    running += 1;
    one.running += 1;
    start(item);
  }

  /** A limited route goes first, or the others would always be before it. */
  function next(): void {
    for (const one of gates) {
      while (isOpen(one)) {
        const waiting = one.waiting.shift();
        if (waiting === undefined) break;
        run(one, waiting.item);
      }
    }
  }

  /** The turn of a job that cannot wait here: behind those that do, and those that were sent away before it. */
  function defer(one: Gate<T>): number {
    const now = performance.now();
    const each = one.attemptMs / one.limit;
    one.lastTurn = Math.max(one.lastTurn, now + one.waiting.length * each) + each;
    return Math.min(one.lastTurn - now, LONGEST_DEFER_MS);
  }

  /** How many may be held, running and waiting. */
  function capacity(backlog: boolean): number {
    if (!backlog) return concurrency;
    return concurrency + Math.min(MOST_AHEAD, Math.floor((concurrency * AHEAD_MS) / Math.max(attemptMs, 1)));
  }

  function room({ backlog, unwritten }: Demand): number {
    const most = capacity(backlog);
    const free = most - running - common.waiting.length - unwritten;
    const idle = running < concurrency && common.waiting.length === 0;
    return free > 0 && (idle || free * 2 >= most) ? free : 0;
  }

  return {
    get running() {
      return running;
    },
    room,
    add(item, path) {
      const one = limited.get(path) ?? common;
      if (isOpen(one)) run(one, item);
      else if (one.waiting.length < one.limit) one.waiting.push({ item, since: performance.now() });
      else return defer(one);
      return undefined;
    },
    done(path, tookMs) {
      const one = limited.get(path) ?? common;
      running -= 1;
      one.running -= 1;
      one.attemptMs += (tookMs - one.attemptMs) / AVERAGE_OVER;
      attemptMs += (tookMs - attemptMs) / AVERAGE_OVER;
      next();
    },
    takeBack(longerThanMs) {
      const before = performance.now() - longerThanMs;
      const stuck = gates.filter(({ waiting }) => waiting[0] !== undefined && waiting[0].since <= before);
      // Whoever has to wait so long was claimed too early.
      if (stuck.includes(common)) attemptMs = Math.max(attemptMs, longerThanMs);
      return stuck.flatMap(({ waiting }) => waiting.splice(0).map(({ item }) => item));
    },
  };
}

function gate<T>(limit: number): Gate<T> {
  return { limit, waiting: [], running: 0, attemptMs: FIRST_GUESS_OF_ROUTE_MS, lastTurn: 0 };
}
