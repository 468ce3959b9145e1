import { copy } from './copy.ts';

/**
 * Changes the content of a store from one result to the next, only where they differ. Results share unchanged parts, so
 * equal parts are found by identity, and a change of one row of thousands touches only that row.
 *
 * Rows are matched by id. A row that stays is changed in place, wherever it is in its list, so the component that
 * renders it stays too.
 *
 * @param holder the object or list of the store that contains `before`, writable
 * @param member its property or index
 */
export function merge(holder: object, member: string | number, before: unknown, after: unknown): void {
  if (before === after) return;
  const target = holder as Record<string | number, unknown>;
  const current = target[member];
  if (Array.isArray(before) && Array.isArray(after)) mergeList(target, member, current as unknown[], before, after);
  else if (isRow(before) && isRow(after) && keyOf(before) === keyOf(after)) mergeRow(current as object, before, after);
  else target[member] = copy(after);
}

function mergeRow(target: object, before: Row, after: Row): void {
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) Reflect.deleteProperty(target, name);
  }
  for (const name of Object.keys(after)) merge(target, name, before[name], after[name]);
}

function mergeList(
  holder: Record<string | number, unknown>,
  member: string | number,
  current: unknown[],
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  const isSameOrder = before.length === after.length && after.every((item, at) => isSameRow(before[at], item));
  const places = isSameOrder ? undefined : placesOf(before, after);
  if (places !== undefined) {
    // Rows that stay are kept and changed below.
    holder[member] = after.map((item, at) => {
      const place = places[at];
      return place === undefined ? copy(item) : current[place];
    });
  }
  const list = holder[member] as unknown[];
  for (const [at, item] of after.entries()) {
    const place = places === undefined ? at : places[at];
    if (place !== undefined) merge(list, at, before[place], item);
  }
}

/** Returns the previous index of each row. Most rows are identical; only the others are searched by id. */
function placesOf(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const same = new Map(before.map((item, at) => [item, at]));
  const rest = new Set(before);
  for (const item of after) rest.delete(item);
  const changed = new Map([...rest].map((item) => [keyOf(item), same.get(item)]));
  return after.map((item) => {
    if (!isRow(item) || item.id === undefined) return undefined;
    return same.get(item) ?? changed.get(keyOf(item));
  });
}

type Row = Readonly<Record<string, unknown>>;

function isSameRow(before: unknown, after: unknown): boolean {
  return before === after || keyOf(before) === keyOf(after);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function keyOf(value: unknown): string | undefined {
  return isRow(value) && value.id !== undefined ? String(value.id) : undefined;
}
