/*
 * The engine's CONTAINS and its variants. As in compare.ts, the result is undefined if it is not certain.
 */
import { equalValues, itemsOf } from './compare.ts';
import { kindOf } from './kind-of-value.ts';
import { everyOf, someOf, type Truth } from './truth.ts';

/** CONTAINS: whether a list has an item, a text has a part, or an object has a member. */
export function containsValue(whole: unknown, part: unknown): Truth {
  switch (kindOf(whole)) {
    case 'array':
    case 'set':
      return hasItem(whole, part);
    case 'string':
    case 'uuid':
      return typeof part === 'string' ? hasText(String(whole), part) : isKnownNot(part);
    case 'object':
      return typeof part === 'string' ? Object.hasOwn(Object(whole), part) : isKnownNot(part);
    case 'geometry':
    case 'range':
    case undefined:
      return undefined;
    default:
      return false;
  }
}

/** CONTAINSALL: whether every item of a list is contained. */
export function containsAll(whole: unknown, parts: unknown): Truth {
  return containsMany(whole, parts, everyOf);
}

/** CONTAINSANY: whether at least one item of a list is contained. */
export function containsAny(whole: unknown, parts: unknown): Truth {
  return containsMany(whole, parts, someOf);
}

/** The engine looks for several parts only in lists and texts; in a text only if all parts are texts. */
function containsMany(whole: unknown, parts: unknown, combine: typeof everyOf): Truth {
  const kind = kindOf(whole);
  switch (kindOf(parts)) {
    case 'string':
      return kind === 'string' ? hasText(String(whole), String(parts)) : isKnownNot(whole);
    case 'array':
    case 'set':
      break;
    default:
      return isKnownNot(parts);
  }
  const items = itemsOf(parts);
  if (kind === 'string' && items.some((item) => kindOf(item) === undefined)) return undefined;
  if (kind === 'string' && items.every((item) => typeof item === 'string')) {
    return combine(items, (item) => hasText(String(whole), String(item)));
  }
  if (kind === 'array' || kind === 'set') return combine(items, (item) => hasItem(whole, item));
  return combine(items, () => (kind === 'geometry' ? undefined : isKnownNot(whole)));
}

function hasItem(list: unknown, wanted: unknown): Truth {
  return someOf(itemsOf(list), (item) => equalValues(item, wanted));
}

function hasText(whole: string, part: string): Truth {
  return part.isWellFormed() ? whole.includes(part) : undefined;
}

/** False, or undefined for a value that the gateway does not know. */
function isKnownNot(value: unknown): Truth {
  return kindOf(value) === undefined ? undefined : false;
}
