/*
 * Which changes a gateway has seen, and who moves them from the inbox to a batch. Pure: one step per round.
 *
 *   a write ──▶ entry in the inbox ──one round of the maker──▶ batch n+1 ──trimmed──▶ gone
 *                  │                                              │
 *                  └─ read by every gateway: shown, remembered    └─ read by every gateway: shown, unless remembered
 *
 * An entry leaves the inbox in the transaction that creates its batch. So every change is in exactly one batch, and in every
 * snapshot it is either in the inbox or in a batch. Two gateways that make a batch at once create the same key: one
 * of them loses, and reads again.
 *
 * The maker is the gateway that made the last batch. Another gateway becomes the maker if it has seen an entry wait, and no
 * batch made, for `takeOverMs` on its own clock. Showing does not depend on it: a gateway that is not the maker shows an entry as soon as it
 * reads it, and recognises it when it comes again in a batch.
 *
 * One batch takes entries with so many ids, or its transaction would be long. What is left is shown all the same, and remembered.
 *
 * A gateway whose own batch is gone, or is another one, has missed something: it was away for longer than batches are
 * kept, or the database was restored from a copy. Then its step is a reset: everything is read again.
 */
import type { RecordId } from 'surrealdb';

/** One row of the inbox: what one write, or one statement of a bulk writer, changed. */
export interface Entry {
  /** The ULID of its id. */
  readonly key: string;
  readonly ids: readonly RecordId[];
  /** Anything may have changed. */
  readonly isReset: boolean;
  /** If it is not the key's. */
  readonly record?: RecordId;
}

export interface Batch {
  readonly number: number;
  /** The gateway that made it. */
  readonly by: string;
  /** Random, so that a batch of another history is recognised. */
  readonly mark: string;
  /** Without ids if it is a reset. */
  readonly entries: readonly Entry[];
  readonly isReset: boolean;
}

export interface Ledger {
  /** The last batch that was shown; 0 before the first. */
  readonly position: number;
  /** Of that batch. */
  readonly mark: string | undefined;
  readonly lastBy: string | undefined;
  /** Entries of the inbox that were shown, with the time since when they have been seen to wait without a new batch. */
  readonly seen: ReadonlyMap<string, number>;
}

export interface Reading {
  /** From the ledger's position on, that one included, in their order. */
  readonly batches: readonly Batch[];
  readonly entries: readonly Entry[];
  /** The inbox may hold more than was read. */
  readonly isCut: boolean;
  /** The whole inbox was read, not only its recent part. */
  readonly isWhole: boolean;
}

export interface NewBatch {
  readonly number: number;
  readonly entries: readonly Entry[];
  readonly isReset: boolean;
}

export interface Step {
  /** The ledger after this round has been committed. */
  readonly ledger: Ledger;
  readonly changes: readonly RecordId[] | 'reset';
  /** What this gateway has to write. */
  readonly batch: NewBatch | undefined;
  /** Entries are left in the inbox for another batch of this gateway. */
  readonly hasMore: boolean;
}

export interface StepOptions {
  readonly me: string;
  /** For the batch, if this gateway makes one. */
  readonly mark: string;
  readonly now: number;
  readonly takeOverMs: number;
  /** How many ids one batch takes at most, unless its first entry alone has more. An entry without ids counts as one. */
  readonly batchIds: number;
  /** More ids than this make a batch a reset. */
  readonly resetIds: number;
  /** How many entries are remembered at most. */
  readonly seenMax: number;
}

/** The ledger of a gateway that has shown nothing yet, or lost its place. */
export function ledgerAt(last: Batch | undefined): Ledger {
  return { position: last?.number ?? 0, mark: last?.mark, lastBy: last?.by, seen: new Map() };
}

/** Whether the batches continue what the ledger has shown. */
export function continues({ position, mark }: Ledger, batches: readonly Batch[]): boolean {
  if (position === 0) return batches.every(({ number }, index) => number === index + 1);
  return batches[0]?.mark === mark && batches.every(({ number }, index) => number === position + index);
}

/** @param reading of batches that continue the ledger */
export function step(ledger: Ledger, { batches, entries, isCut, isWhole }: Reading, options: StepOptions): Step {
  const news = batches.filter(({ number }) => number > ledger.position);
  const last = news.at(-1);
  const fresh = entries.filter(({ key }) => !ledger.seen.has(key));
  const shown = [...news.flatMap((batch) => unseen(batch, ledger)), ...fresh];
  // What was cut off shows in views that are read now, so all of them must be. It takes a flood that no gateway lets through.
  const isReset =
    isCut ||
    shown.some((entry) => entry.isReset) ||
    news.some((batch) => batch.isReset && (batch.entries.length === 0 || unseen(batch, ledger).length > 0));

  const position = last?.number ?? ledger.position;
  const lastBy = last?.by ?? ledger.lastBy;
  // All are shown, and only so many are moved: the rest are remembered, like entries that another gateway will move.
  const isMaker = makes(lastBy, news, entries, ledger, options);
  const movable = isMaker ? portion(entries, options.batchIds) : 0;
  const batch = isMaker ? newBatch(position + 1, entries.slice(0, movable), options) : undefined;
  const left = entries.slice(movable);
  const moved = batch ? [...news, batch] : news;
  return {
    ledger: {
      position: batch?.number ?? position,
      mark: batch ? options.mark : (last?.mark ?? ledger.mark),
      lastBy: batch ? options.me : lastBy,
      seen: remember(ledger, moved, left, isWhole, options),
    },
    changes: isReset ? 'reset' : distinct(shown.flatMap(({ ids }) => ids)),
    batch,
    hasMore: batch !== undefined && (isCut || left.length > 0),
  };
}

/** When an entry that waits now makes this gateway the maker; undefined if none does. */
export function takeOverAt({ seen }: Ledger, takeOverMs: number): number | undefined {
  return seen.size === 0 ? undefined : Math.min(...seen.values()) + takeOverMs;
}

function makes(
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

/** Of how many entries a batch is made. */
function portion(entries: readonly Entry[], batchIds: number): number {
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

/** A batch says of its entries which they were, so those that were shown from the inbox are not shown again. */
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
  // While batches are made, what is left has not waited for a maker.
  if (moved.length > 0) for (const key of kept.keys()) kept.set(key, now);
  for (const { key } of entries) kept.set(key, moved.length > 0 ? now : (seen.get(key) ?? now));
  // Forgotten entries are shown twice, which does no harm.
  return kept.size > seenMax ? new Map() : kept;
}

function distinct(ids: readonly RecordId[]): RecordId[] {
  return [...new Map(ids.map((id) => [String(id), id])).values()];
}
