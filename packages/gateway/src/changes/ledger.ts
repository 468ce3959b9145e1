/*
 * The state of a gateway in the change log: which changes it has shown, and whether it is the one that moves entries
 * from the inbox into batches. Pure functions: one step per round.
 *
 *   a write ──▶ entry in the inbox ──one round of the leader──▶ batch n+1 ──trimmed──▶ gone
 *                  │                                              │
 *                  └─ read by every gateway: shown, remembered    └─ read by every gateway: shown, unless remembered
 *
 * An entry leaves the inbox in the transaction that creates its batch. Every change is therefore in exactly one batch,
 * and in every snapshot it is either in the inbox or in a batch. Two gateways that make a batch at the same time create
 * the same key: one of them fails with a conflict and reads again.
 *
 * The leader is the gateway that made the last batch. Another gateway takes over if it has seen an entry wait for
 * `takeOverMs` on its own clock while no batch was made. Showing changes does not depend on the leader: every gateway
 * shows an entry as soon as it reads it, and recognises the entry when it reads it again as part of a batch.
 *
 * Entries are moved some time after they were shown, many at once, so that showing a change need not wait for it.
 *
 * A batch holds a limited number of ids, because its transaction would otherwise take too long. Entries beyond the
 * limit stay in the inbox; they are shown and remembered all the same.
 *
 * If the gateway's last batch is missing or has another mark, the gateway has missed changes: it was away for longer
 * than batches are kept, or the database was restored from a backup. Its step is then a reset, and everything is read
 * again.
 */
import type { RecordId } from 'surrealdb';

/** One row of the inbox: what one write changed, or one statement of a bulk writer. */
export interface Entry {
  /** The key of the row's id, which is a ULID. */
  readonly key: string;
  readonly ids: readonly RecordId[];
  /** Whether anything in the database may have changed. */
  readonly isReset: boolean;
  /** The row's id, if it cannot be derived from `key`. */
  readonly record?: RecordId;
}

export interface Batch {
  readonly number: number;
  /** The id of the gateway that made the batch. */
  readonly by: string;
  /** A random value that tells batches of different histories apart, for example after a restore. */
  readonly mark: string;
  /** The entries have no ids if the batch is a reset. */
  readonly entries: readonly Entry[];
  readonly isReset: boolean;
}

export interface Ledger {
  /** The number of the last batch that was shown; 0 before the first one. */
  readonly position: number;
  /** The mark of that batch. */
  readonly mark: string | undefined;
  readonly lastBy: string | undefined;
  /** Entries of the inbox that were shown, each with the time since when it has been waiting without a new batch. */
  readonly seen: ReadonlyMap<string, number>;
}

export interface Reading {
  /** The batches from the ledger's position on, including that one, in ascending order. */
  readonly batches: readonly Batch[];
  readonly entries: readonly Entry[];
  /** Whether the read was cut off at its limit, so that the inbox may hold more entries. */
  readonly isCut: boolean;
  /** Whether the whole inbox was read, not only its recent part. */
  readonly isWhole: boolean;
}

export interface NewBatch {
  readonly number: number;
  readonly entries: readonly Entry[];
  readonly isReset: boolean;
}

export interface Step {
  /** The ledger after this round has committed. */
  readonly ledger: Ledger;
  readonly changes: readonly RecordId[] | 'reset';
  /** The key of the oldest entry that was not shown before. Keys are ULIDs, so they sort by time. */
  readonly oldest: string | undefined;
  /** The batch that this gateway has to write, if any. */
  readonly batch: NewBatch | undefined;
  /** Whether entries stay in the inbox for this gateway's next batch. */
  readonly hasMore: boolean;
}

export interface StepOptions {
  readonly me: string;
  /** The mark for the batch, if this gateway makes one. */
  readonly mark: string;
  readonly now: number;
  readonly takeOverMs: number;
  /** Whether this gateway may make a batch. */
  readonly mayMove: boolean;
  /**
   * The most ids in one batch. A first entry with more ids becomes a batch alone. An entry without ids counts as one.
   */
  readonly batchIds: number;
  /** A batch with more ids than this is a reset. */
  readonly resetIds: number;
  /** The most entries to remember. */
  readonly seenMax: number;
}

/** The ledger of a gateway that has not shown anything yet or has lost its position. */
export function ledgerAt(last: Batch | undefined): Ledger {
  return { position: last?.number ?? 0, mark: last?.mark, lastBy: last?.by, seen: new Map() };
}

/** Whether the batches follow the ledger's position without a gap. */
export function continues({ position, mark }: Ledger, batches: readonly Batch[]): boolean {
  if (position === 0) return batches.every(({ number }, index) => number === index + 1);
  return batches[0]?.mark === mark && batches.every(({ number }, index) => number === position + index);
}

/** @param reading batches that continue the ledger, and the inbox */
export function step(ledger: Ledger, { batches, entries, isCut, isWhole }: Reading, options: StepOptions): Step {
  const newBatches = batches.filter(({ number }) => number > ledger.position);
  const last = newBatches.at(-1);
  const newEntries = entries.filter(({ key }) => !ledger.seen.has(key));
  const shown = [...newBatches.flatMap((batch) => unseen(batch, ledger)), ...newEntries];
  // Views that are read now may show changes from entries that were cut off, so all views must be read. Rate limits
  // keep clients from filling the inbox this far.
  const isReset =
    isCut ||
    shown.some((entry) => entry.isReset) ||
    newBatches.some((batch) => batch.isReset && (batch.entries.length === 0 || unseen(batch, ledger).length > 0));

  const position = last?.number ?? ledger.position;
  const lastBy = last?.by ?? ledger.lastBy;
  // All entries are shown, but only a limited number is moved. The rest is remembered, as are entries that another
  // gateway will move.
  const isLeader = options.mayMove && leads(lastBy, newBatches, entries, ledger, options);
  const movable = isLeader ? fittingCount(entries, options.batchIds) : 0;
  const batch = isLeader ? newBatch(position + 1, entries.slice(0, movable), options) : undefined;
  const left = entries.slice(movable);
  const moved = batch ? [...newBatches, batch] : newBatches;
  return {
    ledger: {
      position: batch?.number ?? position,
      mark: batch ? options.mark : (last?.mark ?? ledger.mark),
      lastBy: batch ? options.me : lastBy,
      seen: remember(ledger, moved, left, isWhole, options),
    },
    changes: isReset ? 'reset' : distinct(shown.flatMap(({ ids }) => ids)),
    oldest: lowestKey(shown),
    batch,
    hasMore: batch !== undefined && (isCut || left.length > 0),
  };
}

/**
 * When this gateway will take over as the leader because of an entry that is waiting now; undefined if no entry waits.
 */
export function takeOverAt({ seen }: Ledger, takeOverMs: number): number | undefined {
  return seen.size === 0 ? undefined : Math.min(...seen.values()) + takeOverMs;
}

/**
 * When this gateway has to move the entries that it has shown into a batch; undefined if none waits or another gateway
 * moves them.
 */
export function moveAt({ seen, lastBy }: Ledger, me: string, { moveMs, moveEntries }: MoveLimits): number | undefined {
  if (seen.size === 0 || (lastBy !== undefined && lastBy !== me)) return undefined;
  return seen.size >= moveEntries ? 0 : Math.min(...seen.values()) + moveMs;
}

export interface MoveLimits {
  /** How long an entry may wait in the inbox after it was shown, in milliseconds. */
  readonly moveMs: number;
  /** With this many entries, they are moved at once. */
  readonly moveEntries: number;
}

function leads(
  lastBy: string | undefined,
  news: readonly Batch[],
  entries: readonly Entry[],
  { seen }: Ledger,
  { me, now, takeOverMs }: StepOptions,
): boolean {
  if (entries.length === 0) return false;
  if (lastBy === undefined || lastBy === me) return true;
  return news.length === 0 && entries.some(({ key }) => now - (seen.get(key) ?? now) >= takeOverMs);
}

/** The number of entries that fit into one batch. */
function fittingCount(entries: readonly Entry[], batchIds: number): number {
  let ids = 0;
  const end = entries.findIndex((entry) => {
    ids += Math.max(1, entry.ids.length);
    return ids > batchIds;
  });
  return end === -1 ? entries.length : Math.max(1, end);
}

function newBatch(number: number, entries: readonly Entry[], { resetIds }: StepOptions): NewBatch {
  const count = entries.reduce((sum, { ids }) => sum + ids.length, 0);
  const isReset = count > resetIds || entries.some((entry) => entry.isReset);
  return { number, entries, isReset };
}

/** The entries of a batch that were not shown from the inbox already. */
function unseen({ entries }: Batch, { seen }: Ledger): Entry[] {
  return entries.filter(({ key }) => !seen.has(key));
}

function remember(
  { seen }: Ledger,
  moved: readonly Pick<Batch, 'entries'>[],
  entries: readonly Entry[],
  isWhole: boolean,
  { now, seenMax }: StepOptions,
): ReadonlyMap<string, number> {
  const kept = new Map(isWhole ? [] : seen);
  for (const batch of moved) for (const { key } of batch.entries) kept.delete(key);
  // While batches are being made, the remaining entries are not waiting for a leader.
  if (moved.length > 0) for (const key of kept.keys()) kept.set(key, now);
  for (const { key } of entries) kept.set(key, moved.length > 0 ? now : (seen.get(key) ?? now));
  // A forgotten entry is shown a second time, which is harmless.
  return kept.size > seenMax ? new Map() : kept;
}

function lowestKey(entries: readonly Entry[]): string | undefined {
  let lowest: string | undefined;
  for (const { key } of entries) if (lowest === undefined || key < lowest) lowest = key;
  return lowest;
}

function distinct(ids: readonly RecordId[]): RecordId[] {
  return [...new Map(ids.map((id) => [String(id), id])).values()];
}
