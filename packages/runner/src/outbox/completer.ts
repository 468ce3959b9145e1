/*
 * Writes the outcomes of jobs: as many as have accumulated, in one transaction.
 *
 *   queued ──a writer is free──▶ sent ──written──▶ done
 *     ▲                            │
 *     └──────database away─────────┤
 *     ▲                            └──conflict, refused──▶ sent in tens ──▶ sent alone ──refused──▶ failed, with that as its reason
 *     └──────a while later, if even that is refused───────────────────────────────────────────────────────┘
 *
 * A mark (`processing`) is written like an outcome, and never after it. Everything waits while the database is away or
 * this runner is not sure that it is alive. A job that is dropped meanwhile is skipped wherever it is.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { isAway, isContested } from '../connection.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { attemptOf } from '../job.ts';
import type { Logger } from '../logger.ts';
import { isFenced } from '../ownership/fence.ts';
import { createBatchSize } from './batch-size.ts';
import { milliseconds } from './duration.ts';
import type { Entry } from './entry.ts';
import { CHANGE_TABLE, QUIET_VARIABLE } from './inbox.ts';
import { type WrittenKind, writeAlike, writeEach } from './sql/outcomes.ts';
import { ATTEMPTS_BEFORE_SPLIT, type Writer } from './writer.ts';

/** What is written to a job's row. */
export type WrittenOutcome =
  | Exclude<Outcome, { kind: 'lost' }>
  | {
      readonly kind: 'unreadable';
      readonly error: { readonly attempt: number; readonly code: string; readonly reason: string };
    };

type Written = WrittenOutcome | { readonly kind: 'marked' };

/** Whether a row accepted a write, did not match its condition, or refused it because it breaks the schema. */
export type WriteEnd = 'written' | 'missing' | 'refused';

interface Item {
  readonly entry: Entry;
  readonly written: Written;
  /** Resolves the promise of a mark; unused for outcomes. */
  readonly done: (end: WriteEnd) => void;
  /** How often the database has refused it. */
  readonly refusals: number;
}

/** Writes outcomes and marks in batches. */
export interface Completer {
  /** Writes an outcome, after a mark that is being written. */
  complete(entry: Entry, outcome: Exclude<Outcome, { kind: 'lost' }>): void;
  /** Fails a row that cannot be read, whatever it contains. */
  failUnreadable(entry: Entry, reason: string): void;
  /** Writes that this runner works on the job. A mark that is dropped meanwhile counts as missing. */
  mark(entry: Entry): Promise<WriteEnd>;
  /** How many outcomes and marks are not written yet. */
  readonly unwritten: number;
  /** Sends what is queued, if it can be sent now. */
  flush(): void;
  /** Drops the entries that match, by default all of them. What was not sent yet never is. */
  drop(matches?: (entry: Entry) => boolean): void;
  /** Resolves when nothing is left to write for the entries that match. */
  drained(matches?: (entry: Entry) => boolean): Promise<void>;
}

export interface CompleterOptions {
  readonly writer: Writer;
  readonly connection: { readonly connected: boolean };
  readonly runner: () => string | undefined;
  /**
   * Whether the runner is sure that it is alive. Nothing is sent otherwise: if the runner has died, the fence would
   * refuse the write.
   */
  readonly isSure: () => boolean;
  /**
   * Whether an event announces changes of the table. If so, the completer silences it and writes one inbox entry per
   * batch.
   */
  readonly isAnnounced: () => boolean;
  /** An outcome is on its row, or the row did not match. */
  readonly onWritten: (entry: Entry, outcome: WrittenOutcome, isWritten: boolean) => void;
  /** The pause before a refused outcome is written again, in milliseconds. It doubles with each refusal. */
  readonly refusalPauseMs: number;
  readonly logger: Logger;
}

/** Bounds one message to the database, results included, well below the database's limit. */
const BATCH = 250;
/** The limit of rows with different values in one statement: the engine copies the value lists for every row. */
const CHUNK = 10;
/** Two batches are written at a time. */
export const MAX_UNWRITTEN = 2 * BATCH;
/** After this many refusals, some seconds apart, the outcome itself is considered invalid. */
const MAX_REFUSALS = 3;
const MAX_PAUSE_MS = 60_000;
const ANNOUNCE = `CREATE ${CHANGE_TABLE}:ulid() SET r = $all RETURN NONE;`;

export function createCompleter(options: CompleterOptions): Completer {
  const { writer, connection, runner, isSure, isAnnounced, onWritten, refusalPauseMs, logger } = options;
  const size = createBatchSize(BATCH);
  let queue: Item[] = [];
  /** Entries with something to write. A dropped entry is removed. */
  const busy = new Set<Entry>();
  /** What to write after the mark that is being written. */
  const after = new Map<Entry, Item>();
  /** Entries that wait for another attempt after the database refused their write. */
  const refused = new Set<Entry>();
  let sending = 0;
  let waiters: { readonly matches: (entry: Entry) => boolean; readonly resolve: () => void }[] = [];

  function add(item: Item): void {
    if (busy.has(item.entry)) after.set(item.entry, item);
    else {
      busy.add(item.entry);
      queue.push(item);
      flush();
    }
  }

  function settle(item: Item, end: WriteEnd): void {
    const { entry } = item;
    busy.delete(entry);
    item.done(end);
    if (item.written.kind !== 'marked') onWritten(entry, item.written, end === 'written');
    const next = after.get(entry);
    if (!next) return;
    after.delete(entry);
    add(next);
  }

  function flush(): void {
    while (sending < 2 && queue.length > 0 && connection.connected && runner() !== undefined && isSure()) {
      sending += 1;
      void send(queue.splice(0, size.current)).finally(() => {
        sending -= 1;
        flush();
        notifyWaiters();
      });
    }
  }

  /** Dropped outcomes are forgotten; the caller of a mark waits for its result. */
  function resolveMarks(items: readonly Item[]): void {
    for (const { written, done } of items) if (written.kind === 'marked') done('missing');
  }

  /** Without the entries that were dropped meanwhile. */
  function withoutDropped(items: readonly Item[]): Item[] {
    resolveMarks(items.filter(({ entry }) => !busy.has(entry)));
    return items.filter(({ entry }) => busy.has(entry));
  }

  function notifyWaiters(): void {
    waiters = waiters.filter(({ matches, resolve }) => {
      if ([...busy].some(matches)) return true;
      resolve();
      return false;
    });
  }

  async function send(given: readonly Item[]): Promise<void> {
    const batch = withoutDropped(given);
    if (batch.length === 0) return;
    const startedAt = performance.now();
    try {
      const missing = await write(batch);
      size.written(batch.length, performance.now() - startedAt);
      for (const item of withoutDropped(batch)) settle(item, missing.has(item.entry.job.key) ? 'missing' : 'written');
    } catch (error) {
      const left = withoutDropped(batch);
      if (isFenced(error)) resolveMarks(left);
      else if (isContested(error) && left.length > 1) await sendSplit(left);
      else if (isAway(error)) {
        size.unanswered(batch.length);
        queue.unshift(...left);
      } else if (batch.length === 1) for (const item of left) onRefused(item, error);
      else await sendSplit(left);
    }
  }

  /**
   * Sends smaller batches, one after the other, so that a refused row or a row that other transactions change does not
   * block the others.
   */
  async function sendSplit(batch: readonly Item[]): Promise<void> {
    const size = batch.length > CHUNK ? CHUNK : 1;
    for (let from = 0; from < batch.length; from += size) await send(batch.slice(from, from + size));
  }

  /** Writes a whole batch or nothing. Returns the ids of rows that did not match. */
  async function write(batch: readonly Item[]): Promise<Set<string>> {
    const bindings: Record<string, unknown> = { runner: runner() };
    const chunks = chunksOf(batch);
    const statements = chunks.map(({ items, kind, isAlike }, n) => {
      const [{ entry, written }] = items;
      bindings[`ids${n}`] = items.map((item) => item.entry.job.id);
      bindings[`retries${n}`] = entry.job.retries;
      bindings[`reruns${n}`] = entry.job.reruns;
      if (isAlike) bindings[`value${n}`] = valueIn(written);
      else bindings[`values${n}`] = items.map((item) => valueIn(item.written));
      const statement = isAlike ? writeAlike(kind, n) : writeEach(kind, n);
      return `LET $w${n} = (${statement});`;
    });
    const counts = chunks.map(({ items }, n) => `IF array::len($w${n}) != ${items.length} { $w${n} }`);
    const quiet = isAnnounced() ? [`LET $${QUIET_VARIABLE} = true;`, ANNOUNCE] : ['', ''];
    if (isAnnounced()) bindings.all = batch.map(({ entry }) => entry.job.id);
    const text = `${quiet[0]} ${statements.join('\n')} ${quiet[1]} RETURN [${counts.join(', ')}]`;
    const answer = await writer.write(text, bindings, batch.length > 1 ? ATTEMPTS_BEFORE_SPLIT : undefined);
    const missing = new Set<string>();
    for (const [n, { items }] of chunks.entries()) {
      const ids: unknown = Array.isArray(answer) ? answer[n] : undefined;
      if (!Array.isArray(ids)) continue;
      const there = new Set(ids.map(String));
      for (const { entry } of items) if (!there.has(entry.job.key)) missing.add(entry.job.key);
    }
    return missing;
  }

  function onRefused(item: Item, error: unknown): void {
    const { entry, written } = item;
    const details = { job: entry.job.key, outcome: written.kind, err: error };
    if (written.kind === 'marked' && (item.refusals > 0 || !entry.isCareful)) {
      logger.warn(details, 'the database refuses to mark a job as processing');
      settle(item, 'refused');
    } else if (written.kind === 'failed' || written.kind === 'unreadable') {
      later({ ...item, written: { kind: 'unreadable', error: written.error } }, details);
    } else if (item.refusals < MAX_REFUSALS) {
      // The table may refuse everything for a while: repeating the same write loses nothing.
      later(item, details);
    } else {
      logger.error(details, 'the database refuses the outcome of a job; failing it instead');
      const reason = 'The outcome could not be stored.';
      const failure = { attempt: attemptOf(entry.job), code: 'outcome_unwritable', reason };
      queue.push({ ...item, written: { kind: 'failed', error: failure } });
    }
  }

  /** The job stays known until then, so it is not called again. */
  function later(item: Item, details: object): void {
    const { entry } = item;
    const pauseMs = Math.min(refusalPauseMs * 2 ** item.refusals, MAX_PAUSE_MS);
    logger.error(
      { ...details, tryInMs: pauseMs },
      'the database refuses the outcome of a job; it is written again later',
    );
    refused.add(entry);
    void delay(pauseMs, undefined, { ref: false }).then(() => {
      refused.delete(entry);
      for (const one of withoutDropped([item])) queue.push({ ...one, refusals: one.refusals + 1 });
      flush();
    });
  }

  return {
    complete(entry, outcome) {
      add({ entry, written: outcome, done: ignore, refusals: 0 });
    },
    failUnreadable(entry, reason) {
      const error = { attempt: attemptOf(entry.job), code: 'job_unreadable', reason };
      add({ entry, written: { kind: 'unreadable', error }, done: ignore, refusals: 0 });
    },
    mark: (entry) => new Promise((done) => add({ entry, written: { kind: 'marked' }, done, refusals: 0 })),
    get unwritten() {
      return busy.size - refused.size;
    },
    flush,
    drop(matches = () => true) {
      for (const entry of [...busy].filter(matches)) {
        busy.delete(entry);
        refused.delete(entry);
        after.delete(entry);
      }
      queue = withoutDropped(queue);
      notifyWaiters();
    },
    async drained(matches = () => true) {
      if (![...busy].some(matches)) return;
      await new Promise<void>((resolve) => waiters.push({ matches, resolve }));
    },
  };
}

/** The result of an outcome goes to `onWritten` instead. */
function ignore(): void {}

interface Chunk {
  readonly kind: WrittenKind;
  readonly isAlike: boolean;
  readonly items: [Item, ...Item[]];
}

/** Groups what one statement can write: the same kind and attempt, with one shared value or a few different ones. */
function chunksOf(batch: readonly Item[]): Chunk[] {
  const alike = new Map<string, Chunk>();
  const others = new Map<string, Chunk[]>();
  for (const item of batch) {
    const { kind } = item.written;
    const { retries, reruns } = item.entry.job;
    const attempt = `${kind} ${retries} ${reruns}`;
    const shared = sharedValue(item.written);
    if (shared !== undefined) {
      const key = `${attempt} ${shared}`;
      const chunk = alike.get(key);
      if (chunk) chunk.items.push(item);
      else alike.set(key, { kind, isAlike: true, items: [item] });
    } else {
      const chunks = others.get(attempt) ?? [];
      const last = chunks.at(-1);
      if (last && last.items.length < CHUNK) last.items.push(item);
      else chunks.push({ kind, isAlike: false, items: [item] });
      others.set(attempt, chunks);
    }
  }
  return [...alike.values(), ...[...others.values()].flat()];
}

/** Short results such as `{ ok: true }` are often equal for many jobs; longer ones hardly ever are. */
const MAX_SHARED = 64;

function sharedValue(written: Written): string | undefined {
  if (written.kind === 'released' || written.kind === 'marked') return '';
  if (written.kind !== 'success') return undefined;
  if (written.result === undefined) return '';
  const text = JSON.stringify(written.result);
  return text.length <= MAX_SHARED ? text : undefined;
}

/** The value that the statement needs for an outcome. */
function valueIn(written: Written): unknown {
  switch (written.kind) {
    case 'success':
      return written.result;
    case 'retry':
      return { error: written.error, delay: milliseconds(written.delayMs) };
    case 'failed':
    case 'unreadable':
      return written.error;
    default:
      return undefined;
  }
}
