/*
 * The fetched jobs of one backend that wait for a slot, and which one is next.
 *
 *   offered ──its queue is full──▶ refused: it stays in the table, and is fetched again later
 *      └────▶ waiting, by owner ──a slot, its route and its owner's share are free──▶ running ──▶ done
 *
 * Owners take turns, so that ten thousand jobs of one owner do not delay the first job of another. A route with its own
 * limit has its own queues, so that its jobs do not block others.
 */

import type { QueueKey } from './queue-key.ts';

export interface QueuesOptions {
  /** How many run at a time. */
  readonly concurrency: number;
  /** How many of one owner run at a time. Default: no limit besides `concurrency`. */
  readonly perOwner?: number | undefined;
  /** How many of one route run at a time, by path. Default: no limit besides `concurrency`. */
  readonly routes: ReadonlyMap<string, number>;
}

/** The queues of one backend. Items are jobs with their queue key. */
export interface Queues<Item extends QueueKey> {
  readonly waiting: number;
  readonly running: number;
  /** So many jobs wait that no queue holds more than one. */
  readonly isFull: boolean;
  /** The name of the queue that a job would wait in. */
  queueOf(key: QueueKey): string;
  /** The fill level of a queue: 1 is full. */
  filled(queue: string): number;
  /** Adds a job; false if its queue is full. */
  offer(item: Item): boolean;
  /** The next job that may run. It counts as running until `done`. */
  next(): Item | undefined;
  done(key: QueueKey): void;
  /** Removes a job; false if it does not wait. */
  remove(item: Item): boolean;
  /** Removes all jobs that match. */
  removeWhere(matches: (item: Item) => boolean): Item[];
}

/** The capacity of every queue, however many there are. */
const MIN_CAPACITY = 200;
/** The capacity that all queues share, if it gives each of them more. */
const SHARED_CAPACITY = 2_000;
/** When this many wait in total, every queue holds one, so that many owners with many jobs do not fill the memory. */
const MAX_WAITING = 10_000;

interface Gate<Item> {
  readonly limit: number;
  running: number;
  /** By owner, in the order of their turns. Empty queues are removed. */
  readonly queues: Map<string, Item[]>;
}

export function createQueues<Item extends QueueKey>({ concurrency, perOwner, routes }: QueuesOptions): Queues<Item> {
  const mostOfOwner = perOwner ?? Number.POSITIVE_INFINITY;
  const common = gate<Item>(Number.POSITIVE_INFINITY);
  const limited = new Map([...routes].map(([path, limit]) => [path, gate<Item>(limit)]));
  const gates = [...limited.values(), common];
  const runningOf = new Map<string, number>();
  let waiting = 0;
  let running = 0;
  let queues = 0;

  const gateOf = ({ path }: QueueKey): Gate<Item> => limited.get(path) ?? common;

  function hasRoom(key: QueueKey): boolean {
    const kept = gateOf(key).queues.get(key.owner)?.length ?? 0;
    return kept < mostKept();
  }

  function mostKept(): number {
    return waiting >= MAX_WAITING ? 1 : Math.max(MIN_CAPACITY, SHARED_CAPACITY / (queues + 1));
  }

  function nextOf(one: Gate<Item>): Item | undefined {
    if (one.running >= one.limit) return undefined;
    for (const [owner, queue] of one.queues) {
      if ((runningOf.get(owner) ?? 0) >= mostOfOwner) continue;
      const item = queue.shift();
      // Moves the owner to the end of the order.
      one.queues.delete(owner);
      if (queue.length > 0) one.queues.set(owner, queue);
      else queues -= 1;
      return item;
    }
    return undefined;
  }

  function forget(one: Gate<Item>, owner: string, count: number): void {
    waiting -= count;
    if (one.queues.get(owner)?.length !== 0) return;
    one.queues.delete(owner);
    queues -= 1;
  }

  return {
    get waiting() {
      return waiting;
    },
    get running() {
      return running;
    },
    get isFull() {
      return waiting >= MAX_WAITING;
    },
    queueOf: ({ owner, path }) => (limited.has(path) ? `${path} ${owner}` : ` ${owner}`),
    filled(queue) {
      const path = queue.slice(0, queue.indexOf(' '));
      const kept = (limited.get(path) ?? common).queues.get(queue.slice(path.length + 1))?.length ?? 0;
      return kept / mostKept();
    },
    offer(item) {
      if (!hasRoom(item)) return false;
      const one = gateOf(item);
      const queue = one.queues.get(item.owner);
      if (queue) queue.push(item);
      else {
        one.queues.set(item.owner, [item]);
        queues += 1;
      }
      waiting += 1;
      return true;
    },
    next() {
      if (running >= concurrency) return undefined;
      for (const [n, one] of gates.entries()) {
        const item = nextOf(one);
        if (item === undefined) continue;
        // Moves the gate to the end of the order.
        gates.push(...gates.splice(n, 1));
        waiting -= 1;
        running += 1;
        one.running += 1;
        runningOf.set(item.owner, (runningOf.get(item.owner) ?? 0) + 1);
        return item;
      }
      return undefined;
    },
    done(key) {
      running -= 1;
      gateOf(key).running -= 1;
      const left = (runningOf.get(key.owner) ?? 1) - 1;
      if (left > 0) runningOf.set(key.owner, left);
      else runningOf.delete(key.owner);
    },
    remove(item) {
      const one = gateOf(item);
      const queue = one.queues.get(item.owner);
      const position = queue?.indexOf(item) ?? -1;
      if (queue === undefined || position < 0) return false;
      queue.splice(position, 1);
      forget(one, item.owner, 1);
      return true;
    },
    removeWhere(matches) {
      const removed: Item[] = [];
      for (const one of gates) {
        for (const [owner, queue] of [...one.queues]) {
          const kept = queue.filter((item) => !matches(item));
          removed.push(...queue.filter(matches));
          const count = queue.length - kept.length;
          queue.splice(0, queue.length, ...kept);
          forget(one, owner, count);
        }
      }
      return removed;
    },
  };
}

function gate<Item>(limit: number): Gate<Item> {
  return { limit, running: 0, queues: new Map() };
}
