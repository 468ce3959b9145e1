/*
 * Fetches due jobs of the partitions that this runner owns, and offers them to the queues.
 *
 *   woken ──▶ a short read at the tail of each partition: what is new ──▶ offered ──▶ waits here, or stays in the table
 *                └── while there is room: longer reads of the backlog, and of what a full queue had refused
 *
 * Nothing is claimed: whoever owns a partition is the only one to work on its pending jobs. A job that was offered is known until
 * its outcome is written, and is passed over when it is read again.
 */
import type { Connection } from '../connection.ts';
import type { ParsedJob } from '../job.ts';
import { createLeftBehind, type Part } from './left-behind.ts';
import type { Place } from './place.ts';
import { advance, type Cursor, cursorAt, HEAD } from './reading.ts';
import { createRowReader, type Row, type RowRead, type RowReaderOptions } from './rows.ts';

export interface ProducerOptions extends RowReaderOptions {
  readonly connection: Pick<Connection, 'query' | 'connected'>;
  /** A read is about to be sent. It may still give jobs whose outcomes are written before its answer comes. */
  readonly onRead: () => void;
  /** Whether it is, or was since the last read was sent, in the hands of this runner. */
  readonly isKnown: (id: string) => boolean;
  /** Takes a job, or refuses it because its queue is full. */
  readonly offer: (parsed: ParsedJob, partition: number) => boolean;
  /** The queue that a job would wait in, and which share of that is filled: 1 is full. */
  readonly queueOf: (job: Place) => string;
  readonly filled: (queue: string) => number;
  /** Whether anything is to be read now: not while much is unwritten. */
  readonly mayRead: () => boolean;
  /** How many more jobs the queues are to hold, and none until that is worth a read. */
  readonly room: () => number;
  /** So much waits in memory that a read for a single queue gives hardly anything: then these take turns with rests. */
  readonly isFull: () => boolean;
}

/** Of some partitions. */
export type Tails = ReadonlyMap<number, Cursor>;

export interface Producer {
  readonly partitions: ReadonlySet<number>;
  /** From now on its jobs are fetched, from the head on. */
  take(partition: number): void;
  /** No more of it is fetched; what a read under way still brings is passed over. */
  drop(partition: number): void;
  /** How far the tails have been read. To be kept while a job that becomes due later is written, and given to `goBack`. */
  tails(): Tails;
  /** Reads the tails again from there: a read that came before the commit has passed over what was written. */
  goBack(tails: Tails): void;
  /** Reads the tails again from so many milliseconds before: inserts of others may have taken that long to commit. */
  lookBack(ms: number): void;
  /** Something may have become due that was passed over before: all partitions are read from the head again. */
  rewind(): void;
  /** As `rewind`, for so many partitions that were read longest ago. Where a backlog is being read anyway it stays as it is. */
  lookBehind(partitions: number): void;
  /**
   * Reads until the queues are full or nothing is left. Gives the milliseconds until the next job is due, as far as the reads have shown.
   *
   * @param glances whether to begin with a short read at the tail of each partition
   */
  produce(glances: boolean): Promise<number | undefined>;
  /** More is due than the queues hold. */
  readonly hasMore: boolean;
}

const GLANCE = 16;
const BATCH = 250;
/** Of keys only. */
const SCAN = 1_000;
/** Reading ahead takes a tenth of the time at most: it is followed by a rest of this many times its length. */
const REST = 9;
/** Longer reads in one request: four take about 20 ms, and nobody else should wait for longer. */
const MOST_READS = 4;
/** Beyond this many queues with something left in the table, the backlog waits for its turn: they take about 50 MB. */
const MOST_LEFT_BEHIND = 100_000;

interface Progress {
  /** What comes in from now on. */
  tail: Cursor & { readonly hasMore: boolean };
  /** What was there before; undefined when all of it has been seen. */
  backlog: Cursor | undefined;
}

/** One of the reads of a request, and where it goes on. */
interface Plan extends RowRead {
  readonly progress: Progress;
  readonly goOn: (rows: readonly Row[], now: Date) => void;
}

export function createProducer(options: ProducerOptions): Producer {
  const { connection, onRead, isKnown, offer, queueOf, filled, mayRead, room, isFull } = options;
  const rowReader = createRowReader(options);
  const owned = new Map<number, Progress>();
  const leftBehind = createLeftBehind();
  let dueInMs: number | undefined;
  let hasMore = false;
  /** From when on it may read ahead again, by the clock of `performance.now()`. */
  let restedAt = 0;

  /** Gives what was new. */
  function place(rows: readonly Row[], partition: number, now: Date): number {
    let news = 0;
    for (const row of rows) {
      if (row.isIdAlone) continue;
      if (row.runAt > now) {
        const ms = row.runAt.getTime() - now.getTime() + 1;
        dueInMs = Math.min(dueInMs ?? ms, ms);
        continue;
      }
      if (row.isPassedOver || isKnown(row.id)) continue;
      news += 1;
      const queue = queueOf(row);
      // What was left behind earlier goes first.
      if (row.parsed === undefined || !offer(row.parsed, partition))
        leftBehind.add(queue, partition, { from: row.runAt, to: row.runAt });
    }
    return news;
  }

  function tailOf(partition: number, progress: Progress, isGlance: boolean): Plan {
    const isCrowded = room() === 0;
    const limit = isGlance ? GLANCE : isCrowded ? SCAN : BATCH;
    const cursor = progress.tail;
    return {
      ...{ partition, progress, limit, cursor, start: cursor.start, what: !isGlance && isCrowded ? 'keys' : 'jobs' },
      goOn(rows, now) {
        const news = place(rows, partition, now);
        if (progress.tail === cursor)
          progress.tail = advance(cursor, { now, times: timesOf(rows, cursor), news, limit });
      },
    };
  }

  function backlogOf(partition: number, progress: Progress, isAhead: boolean): Plan {
    const cursor = progress.backlog ?? HEAD;
    const limit = progress.tail.from === null ? GLANCE : isAhead ? SCAN : BATCH;
    return {
      ...{ partition, progress, limit, cursor, start: cursor.start, what: isAhead ? 'keys' : 'jobs' },
      goOn(rows, now) {
        const news = place(rows, partition, now);
        if (progress.backlog !== cursor) return;
        const next = advance(cursor, { now, times: timesOf(rows, cursor), news, limit });
        progress.backlog = next.hasMore ? next : undefined;
        // Nothing has been read at the tail before: that begins where this ends.
        if (progress.tail.from !== null) return;
        progress.tail = { ...next, from: next.hasMore ? cursorAt(now) : next.from, hasMore: false };
      },
    };
  }

  function leftBehindOf({ queue, partition, span: { from, to } }: Part, progress: Progress): Plan {
    const cursor = { from: cursorAt(from), start: 0 };
    return {
      ...{ partition, progress, limit: BATCH, cursor, start: 0, what: 'jobs' },
      goOn(rows, now) {
        leftBehind.remove(queue, partition);
        // Without room only those that it was read for; the others are ahead of a cursor, or left behind themselves.
        place(room() > 0 ? rows : rows.filter((row) => queueOf(row) === queue), partition, now);
        const last = rows.at(-1)?.runAt;
        const isRefused = leftBehind.has(queue, partition);
        if (isRefused) leftBehind.add(queue, partition, { from: to, to });
        // Not all of it was seen, and nothing says that the rest is somebody else's.
        else if (rows.length === BATCH && last !== undefined && last < to) {
          leftBehind.add(queue, partition, { from: last > from ? last : new Date(from.getTime() + 1), to });
        }
      },
    };
  }

  /**
   * A request: short reads at the tails, then longer ones of these and of the backlog where the queues have room. Queues with something left
   * in the table come before the backlog, the emptiest first. One part of the backlog that is not read now is looked through for the jobs of
   * other owners.
   */
  function plans(isFirst: boolean): Plan[] {
    const parts = [...owned];
    const most = Math.min(MOST_READS, Math.max(1, Math.ceil(room() / BATCH)));
    const glances = parts
      .filter(([, { tail }]) => isFirst && tail.from !== null && !tail.hasMore)
      .map(([partition, progress]) => tailOf(partition, progress, true));
    // The first answer of a partition says where its tail begins: that waits for no room.
    const begins = parts
      .filter(([, { tail, backlog }]) => tail.from === null && backlog)
      .map((part) => backlogOf(...part, false));
    const tails = parts
      .filter(([, { tail }]) => tail.hasMore)
      .map(([partition, progress]) => tailOf(partition, progress, false));
    const backlogs = parts.filter(([, { tail, backlog }]) => tail.from !== null && backlog);
    const hasRoom = room() > 0 && leftBehind.size < MOST_LEFT_BEHIND;
    const read = [
      ...tails,
      ...leftBehindPlans(most),
      ...(hasRoom ? backlogs.map((part) => backlogOf(...part, false)) : []),
    ].slice(0, most);
    const isRead = new Set(read.map(({ partition }) => partition));
    const isAhead = hasRested() && leftBehind.size < MOST_LEFT_BEHIND;
    const [ahead] = isAhead ? backlogs.filter(([partition]) => !isRead.has(partition)) : [];
    return [...begins, ...glances, ...read, ...(ahead ? [backlogOf(...ahead, true)] : [])];
  }

  function leftBehindPlans(most: number): Plan[] {
    if (isFull() && !hasRested()) return [];
    return leftBehind.next(most, filled).flatMap((part) => {
      const progress = owned.get(part.partition);
      return progress ? [leftBehindOf(part, progress)] : [];
    });
  }

  /** Whose jobs lie behind what the queues hold is looked for, but not so that those in the queues wait for it. */
  function hasRested(): boolean {
    return performance.now() >= restedAt;
  }

  async function read(reads: readonly Plan[]): Promise<void> {
    onRead();
    const sentAt = performance.now();
    const { now, lists } = await rowReader.read(reads);
    if (isFull() || reads.some(({ what }) => what === 'keys')) {
      restedAt = performance.now() + REST * (performance.now() - sentAt);
    }
    for (const [n, plan] of reads.entries()) {
      // Otherwise it was given up meanwhile, and perhaps taken again: what was read may be somebody else's.
      if (owned.get(plan.partition) === plan.progress) plan.goOn(lists[n] ?? [], now);
    }
    turn(reads);
  }

  /** The partitions whose turn it was are last next time. */
  function turn(reads: readonly Plan[]): void {
    for (const { partition, limit } of reads) {
      const progress = owned.get(partition);
      if (progress === undefined || limit === GLANCE) continue;
      owned.delete(partition);
      owned.set(partition, progress);
    }
  }

  return {
    get partitions() {
      return new Set(owned.keys());
    },
    take: (partition) => void owned.set(partition, { tail: { ...HEAD, hasMore: false }, backlog: HEAD }),
    drop(partition) {
      owned.delete(partition);
      leftBehind.removePartition(partition);
    },
    tails: () => new Map([...owned].map(([partition, { tail }]) => [partition, tail])),
    goBack(tails) {
      for (const [partition, { from, start }] of tails) {
        const progress = owned.get(partition);
        if (!progress?.tail.from) continue;
        if (!from) progress.backlog = HEAD;
        else if (from.compare(progress.tail.from) < 0) progress.tail = { from, start, hasMore: progress.tail.hasMore };
      }
    },
    lookBack(ms) {
      for (const progress of owned.values()) {
        const { from, hasMore } = progress.tail;
        if (from && !hasMore)
          progress.tail = { from: cursorAt(new Date(from.toDate().getTime() - ms)), start: 0, hasMore };
      }
    },
    rewind() {
      for (const progress of owned.values()) progress.backlog = { ...HEAD };
    },
    lookBehind(partitions) {
      const busy = leftBehind.partitions;
      const idle = [...owned].filter(([partition, { backlog }]) => !backlog && !busy.has(partition));
      for (const [, progress] of idle.slice(0, partitions)) progress.backlog = { ...HEAD };
    },
    get hasMore() {
      return hasMore;
    },
    async produce(glances) {
      dueInMs = undefined;
      for (let isFirst = glances; connection.connected && mayRead(); isFirst = false) {
        const reads = plans(isFirst);
        if (reads.length === 0) break;
        await read(reads);
      }
      hasMore = leftBehind.size > 0 || [...owned.values()].some(({ tail, backlog }) => tail.hasMore || backlog);
      return dueInMs;
    },
  };
}

/** A row that could not be read was due when the one before it was. */
function timesOf(rows: readonly Row[], { from }: Cursor): Date[] {
  let last = from?.toDate() ?? new Date(0);
  return rows.map(({ isIdAlone, runAt }) => {
    if (!isIdAlone) last = runAt;
    return last;
  });
}
