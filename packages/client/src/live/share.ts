import { isPlain } from '@spookify/gateway/wire';
import { equals } from 'surrealdb';

/**
 * Returns `next` with all unchanged parts replaced by those of `previous`. Rows are matched by id, so one changed row
 * leaves the identity of all others, wherever they are in the list. Neither argument is changed.
 */
export function share<Value>(previous: unknown, next: Value): Value {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(next)) return Array.isArray(previous) ? (shareList(previous, next) as Value) : next;
  if (isPlain(next)) return isPlain(previous) ? (shareFields(previous, next) as Value) : next;
  // Numbers of different kinds are not compared: `equals` throws for 1.5 and a bigint.
  return typeof previous === 'object' && typeof next === 'object' && equals(previous, next)
    ? (previous as Value)
    : next;
}

function shareList(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const known = new Map<string, unknown>();
  for (const item of previous) {
    const key = keyOf(item);
    if (key !== undefined) known.set(key, item);
  }
  const merged = next.map((item, index) => {
    const key = keyOf(item);
    return share(key === undefined ? previous[index] : known.get(key), item);
  });
  const same = merged.length === previous.length && merged.every((item, index) => item === previous[index]);
  return same ? previous : merged;
}

function shareFields(previous: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  // Another record at the same place keeps nothing of the previous one.
  if (keyOf(previous) !== keyOf(next)) return next;
  const names = Object.keys(next);
  const merged = Object.fromEntries(names.map((name) => [name, share(previous[name], next[name])]));
  const isSame = (name: string): boolean => Object.hasOwn(previous, name) && merged[name] === previous[name];
  const same = names.length === Object.keys(previous).length && names.every(isSame);
  return same ? previous : merged;
}

function keyOf(item: unknown): string | undefined {
  if (!isPlain(item)) return undefined;
  const { id } = item;
  return id === undefined ? undefined : String(id);
}
