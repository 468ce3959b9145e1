import type { WireValue, WireWrite } from '@spookify/gateway/wire';
import { fitsFrame } from '../write/check-size.ts';
import { isOpen, nextWriteState, type PendingWrite, type WriteEvent, type WriteFailure } from './pending-write.ts';

/*
 * What happens to the queue, as pure functions. Each takes the related writes (those that touch a record of the write
 * concerned, in their order) and returns what to store. A store calls them in a transaction, so two tabs never
 * contradict each other.
 */

/** A write that has no position yet. */
export type NewWrite = Omit<PendingWrite, 'order' | 'version'>;

export interface QueueChanges {
  /** Writes to store. One without an order becomes the last. */
  readonly put: readonly (PendingWrite | NewWrite)[];
  /** The keys of writes to remove. */
  readonly remove?: readonly string[];
  /** The key of the write that now contains the one concerned, if another one does. */
  readonly mergedInto?: string;
}

type Fields = Readonly<Record<string, WireValue>>;
type Update = Extract<WireWrite, { kind: 'update' }>;

/** Every tab shows a write this long after the tab that has sent it. Milliseconds. */
const JUST_NOW_MS = 10_000;

const NONE: WireValue = { $none: 1 };
const NOTHING: QueueChanges = { put: [] };

/**
 * Adds a write. An update of a record whose last write waits becomes a part of that write: a form that saves at each
 * keystroke sends one write, and then one for everything that was typed until its answer.
 */
export function appended(related: readonly PendingWrite[], added: NewWrite): QueueChanges {
  const { write } = added;
  const last = related.at(-1);
  if (write.kind === 'update' && last?.record === added.record && last.state.kind === 'waiting') {
    const merged = mergedWrite(last.write, write);
    // Two writes that fit a frame may not fit one together.
    if (merged !== undefined && fitsFrame(merged)) {
      const guess = Object.fromEntries(
        Object.entries(last.guess).filter(([name]) => !Object.hasOwn(write.fields, name)),
      );
      const touches = [...new Set([...last.touches, ...added.touches])];
      return { put: [{ ...last, write: merged, guess: { ...guess, ...added.guess }, touches }], mergedInto: last.key };
    }
  }
  return { put: [{ ...added, write: basedOn(related, added) }] };
}

/** The write, with what it is really based on if other writes of this browser come before it. */
export function basedOn(
  related: readonly PendingWrite[],
  added: Pick<NewWrite, 'record' | 'madeAt' | 'write'>,
): WireWrite {
  const { write } = added;
  if (write.kind !== 'update' || write.base === undefined) return write;
  const base = Object.entries(write.base).map(([name, value]) => {
    return [name, valueAfter(related, added, name, value) ?? value] as const;
  });
  return { ...write, base: Object.fromEntries(base) };
}

/** The database has made a write. The next update of the record is based on what it has stored. */
export function made(
  related: readonly PendingWrite[],
  key: string,
  answer: { readonly row: WireValue; readonly isRepeat?: true },
): QueueChanges {
  const entry = find(related, key);
  const next = entry && withState(entry, { type: 'made', ...answer });
  return settled(related, key, { type: 'made', ...answer }, (name) => next && storedValue(next, name));
}

/**
 * The database has refused a write. What depends on the record that it would have made cannot be made either. A refused
 * update that a later one replaces entirely needs no decision, and is forgotten.
 */
export function refused(related: readonly PendingWrite[], key: string, failure: WriteFailure): QueueChanges {
  const entry = find(related, key);
  if (entry === undefined || !isOpen(entry.state)) return NOTHING;
  const { write } = entry;
  const baseOf = (name: string): WireValue | undefined => (write.kind === 'update' ? write.base?.[name] : undefined);
  const changes = settled(related, key, { type: 'refused', failure }, baseOf);
  const replacement = write.kind === 'update' ? replacementOf(related, entry, write) : undefined;
  if (replacement !== undefined) {
    return { put: changes.put.filter((one) => one.key !== key), remove: [key], mergedInto: replacement.key };
  }
  const blocked = dependentsOf(related, entry);
  const keys = new Set(blocked.map((one) => one.key));
  return { put: [...changes.put.filter((one) => !keys.has(one.key)), ...blocked] };
}

/** A write needs a record that could not be made. */
export function blocked(related: readonly PendingWrite[], key: string, blocker: PendingWrite): QueueChanges {
  return stepped(related, key, { type: 'refused', failure: blockedBy(blocker) });
}

/** Why a write is refused that needs the record of a refused one. */
export function blockedBy({ key, record, state }: PendingWrite): WriteFailure {
  const root = state.kind === 'failed' ? (state.failure.blockedBy ?? key) : key;
  return {
    code: 'SPOOKY_CLIENT_BLOCKED',
    message: `This write refers to ${record}, which could not be made. Retry or discard that write first.`,
    blockedBy: root,
  };
}

/** A write has been sent, is shown, and so on. */
export function stepped(related: readonly PendingWrite[], key: string, event: WriteEvent): QueueChanges {
  const entry = find(related, key);
  if (entry === undefined || nextWriteState(entry.state, event) === entry.state) return NOTHING;
  return { put: [withState(entry, event)] };
}

/**
 * The user tries a refused write again. After a conflict this overwrites the values of the others, which the user has
 * seen.
 *
 * @param fields other values for fields of the write. Default: none
 */
export function retried(related: readonly PendingWrite[], key: string, fields: Fields = {}): QueueChanges {
  const entry = find(related, key);
  if (entry?.state.kind !== 'failed') return NOTHING;
  const { write, state } = entry;
  const { conflict } = state.failure;
  let next: WireWrite = write;
  if (write.kind === 'create') next = { ...write, fields: { ...write.fields, ...fields } };
  if (write.kind === 'update') {
    const base = conflict === undefined ? write.base : { ...write.base, ...conflict };
    next = { ...write, fields: { ...write.fields, ...fields }, ...(base === undefined ? {} : { base }) };
  }
  return { put: [{ ...withState(entry, { type: 'retried' }), write: next }] };
}

/** The user gives a refused write up. */
export function discarded(related: readonly PendingWrite[], key: string): QueueChanges {
  const entry = find(related, key);
  if (entry?.state.kind !== 'failed') return NOTHING;
  return { put: [], remove: [key] };
}

/** The writes that must be settled before this one is sent, among those before it. */
export function mustWaitFor(
  earlier: Pick<PendingWrite, 'record' | 'touches'>,
  later: Pick<PendingWrite, 'record' | 'touches'>,
): boolean {
  return later.touches.includes(earlier.record) || earlier.touches.includes(later.record);
}

/** Settles a write, and gives the updates after it the values that they are based on now. */
function settled(
  related: readonly PendingWrite[],
  key: string,
  event: WriteEvent,
  baseOf: (name: string) => WireValue | undefined,
): QueueChanges {
  const entry = find(related, key);
  if (entry === undefined || nextWriteState(entry.state, event) === entry.state) return NOTHING;
  const open = new Set(Object.keys(fieldsOf(entry.write)));
  const put: PendingWrite[] = [withState(entry, event)];
  for (const later of related) {
    if (later.order <= entry.order || later.record !== entry.record || !isOpen(later.state)) continue;
    const { write } = later;
    if (write.kind !== 'update') continue;
    const names = Object.keys(write.base ?? {}).filter((name) => open.has(name));
    if (names.length > 0) put.push({ ...later, write: { ...write, base: rebased(write.base ?? {}, names, baseOf) } });
    // Later updates of these fields are based on this one.
    for (const name of Object.keys(write.fields)) open.delete(name);
  }
  return { put };
}

function rebased(base: Fields, names: readonly string[], baseOf: (name: string) => WireValue | undefined): Fields {
  const next: Record<string, WireValue> = { ...base };
  for (const name of names) {
    const value = baseOf(name);
    // Without a value there is nothing to compare with: the last write wins.
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  return next;
}

/**
 * What an update is really based on, if it was made on top of a pending write of the same field. Undefined if it was not.
 *
 * @param seen the value that the user saw
 */
function valueAfter(
  related: readonly PendingWrite[],
  { record, madeAt: now }: Pick<NewWrite, 'record' | 'madeAt'>,
  name: string,
  seen: WireValue,
): WireValue | undefined {
  const last = related.findLast(
    (one) => one.record === record && one.state.kind !== 'failed' && Object.hasOwn(fieldsOf(one.write), name),
  );
  if (last === undefined) return undefined;
  const { [name]: written } = fieldsOf(last.write);
  if (isOpen(last.state)) return written;
  // One that was shown long ago is kept only for results of earlier visits.
  if (last.state.kind === 'shown' && Math.abs(now - last.state.at) > JUST_NOW_MS) return undefined;
  // It was made a moment ago. The user saw what it has written, or, in another tab, what it was based on itself.
  const isSeen = isSame(written, seen) || (last.write.kind === 'update' && isSame(last.write.base?.[name], seen));
  return isSeen ? storedValue(last, name) : undefined;
}

/**
 * What the database has stored in a field because of a write that it has made.
 *
 * After a repeat the row is newer than the write. A field may then differ because somebody else has changed it, or because
 * the database stores it in another form, such as a text without spaces at its ends. It counts as changed unless the texts
 * are the same apart from case and spaces: a conflict that is none asks a question, the other mistake loses a text.
 */
export function storedValue({ write, state }: PendingWrite, name: string): WireValue | undefined {
  if (!('row' in state)) return undefined;
  const stored = fieldOf(state.row, name);
  const { [name]: written } = fieldsOf(write);
  return state.isRepeat && !isSameText(written, stored) ? written : stored;
}

function isSameText(one: WireValue | undefined, other: WireValue | undefined): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  return plainText(one) === plainText(other);
}

function plainText(text: string): string {
  return text.normalize().toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

function isSame(one: WireValue | undefined, other: WireValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function mergedWrite(first: WireWrite, second: Update): WireWrite | undefined {
  if (first.kind === 'create') {
    const fields = Object.entries({ ...first.fields, ...second.fields }).filter(([, value]) => !isNone(value));
    return { ...first, fields: Object.fromEntries(fields) };
  }
  if (first.kind !== 'update') return undefined;
  const added = Object.entries(second.base ?? {}).filter(([name]) => !Object.hasOwn(first.fields, name));
  const base = { ...Object.fromEntries(added), ...first.base };
  const fields = { ...first.fields, ...second.fields };
  return Object.keys(base).length === 0 ? { ...first, fields } : { ...first, fields, base };
}

function replacementOf(related: readonly PendingWrite[], entry: PendingWrite, write: Update): PendingWrite | undefined {
  return related.find(
    (later) =>
      later.order > entry.order &&
      later.record === entry.record &&
      later.state.kind === 'waiting' &&
      later.write.kind === 'update' &&
      Object.keys(write.fields).every((name) => Object.hasOwn(fieldsOf(later.write), name)),
  );
}

/** The open writes that depend on a record that will not be made, as refused ones. */
function dependentsOf(related: readonly PendingWrite[], entry: PendingWrite): PendingWrite[] {
  const { order, record } = entry;
  if (!makesRecord(entry)) return [];
  const later = related.filter((one) => one.order > order);
  const next = later.find((one) => one.record === record && makesRecord(one))?.order ?? Number.POSITIVE_INFINITY;
  return later
    .filter((one) => one.order < next && one.touches.includes(record) && isOpen(one.state))
    .map((one) => withState(one, { type: 'refused', failure: blockedBy(entry) }));
}

/** Whether a write makes a new record. */
export function makesRecord({ write }: Pick<PendingWrite, 'write'>): boolean {
  return write.kind === 'create' || write.kind === 'run';
}

function withState(entry: PendingWrite, event: WriteEvent): PendingWrite {
  return { ...entry, state: nextWriteState(entry.state, event) };
}

function find(related: readonly PendingWrite[], key: string): PendingWrite | undefined {
  return related.find((one) => one.key === key);
}

function fieldsOf(write: WireWrite): Fields {
  return write.kind === 'create' || write.kind === 'update' ? write.fields : {};
}

/** A field of an encoded row. A missing one is NONE. Undefined if there is no row. */
export function fieldOf(row: WireValue, name: string): WireValue | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const { $o: wrapped = row } = row as Record<string, WireValue>;
  return (wrapped as Record<string, WireValue>)[name] ?? NONE;
}

function isNone(value: WireValue): boolean {
  return typeof value === 'object' && value !== null && '$none' in value;
}
