import {
  classOf,
  isPlain,
  isRecordKey,
  RECORD_KEY_RULE,
  textOfDate,
  textOfDateTime,
  type ValueIssue,
  ValueWalk,
  type WalkLimits,
} from '@spookify/surreal-link/values';
import {
  DateTime,
  Decimal,
  Duration,
  FileRef,
  Geometry,
  GeometryCollection,
  Range,
  RecordId,
  RecordIdRange,
  StringRecordId,
  Table,
  Uuid,
} from 'surrealdb';
import { RECORD_ID_MAX } from '../wire/limits.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
/** The engine's decimals have 28 digits. */
const DECIMAL = /^-?\d{1,28}(?:\.\d{1,28})?$/;
const DECIMAL_DIGITS = 28;
/** In seconds. Far above any realistic use, and far below what the engine cannot hold. */
const DURATION_MAX = 10n ** 15n;

export interface CheckOptions extends WalkLimits {
  /**
   * What the value is for. The engine (3.0.2) finds no row by a set. Rows that no client made may have record ids with
   * other keys than those that can be stored. Default: `stored`.
   */
  readonly use?: 'stored' | 'compared';
}

/**
 * Finds what the driver cannot encode, the engine cannot hold, or either would change without a word. The client checks
 * values before it sends them, and the gateway checks what it has received.
 *
 * The engine can hold three kinds that its export (3.0.2) writes wrongly: a table is imported as NONE, a geometry
 * collection as an object, and one file makes the import of all rows fail. They are refused too.
 */
export function checkValue(value: unknown, { use = 'stored', ...limits }: CheckOptions = {}): CheckedValue {
  const walked = ValueWalk.run(limits, (walk) => new Check(walk, use).visit(value, ''));
  return walked.kind === 'walked' ? { kind: 'good' } : walked;
}

function isAnyKey(key: unknown): boolean {
  if (typeof key === 'string') return key !== '';
  return (
    typeof key === 'bigint' || Number.isSafeInteger(key) || key instanceof Uuid || Array.isArray(key) || isPlain(key)
  );
}

/** The result of a check. */
export type CheckedValue =
  | { readonly kind: 'good' }
  | { readonly kind: 'refused'; readonly issues: readonly ValueIssue[] }
  | { readonly kind: 'too large' };

/** The first problem of a value, if there is one. */
export function issueOf(value: unknown, options?: CheckOptions): ValueIssue | undefined {
  const checked = checkValue(value, options);
  if (checked.kind === 'too large') return { path: '', message: 'The value is too large.' };
  return checked.kind === 'refused' ? checked.issues[0] : undefined;
}

class Check {
  readonly #walk: ValueWalk;
  readonly #use: 'stored' | 'compared';

  constructor(walk: ValueWalk, use: 'stored' | 'compared') {
    this.#walk = walk;
    this.#use = use;
  }

  visit(value: unknown, path: string): unknown {
    switch (typeof value) {
      case 'string':
        return this.#walk.text(value, path);
      case 'bigint':
        if (value <= INT_MAX && value >= INT_MIN) return this.#walk.count(1);
        return this.#refuse(path, 'Integers have 64 bits; use a Decimal for a larger one.');
      case 'number':
      case 'boolean':
      case 'undefined':
        return this.#walk.count(1);
      case 'object':
        return value === null ? null : this.#walk.inside(value, path, () => this.#visitObject(value, path));
      default:
        return this.#refuse(path, `A ${typeof value} cannot be stored; use values of SurrealDB.`);
    }
  }

  #visitObject(value: object, path: string): unknown {
    const inner = (item: unknown, place: string): unknown => this.visit(item, place);
    if (Array.isArray(value)) return this.#walk.items(value, path, inner);
    if (value instanceof Set) return this.#visitSet(value, path, inner);
    if (value instanceof RecordId) return this.#visitId(value, path);
    if (value instanceof Date) return this.#visitTime(textOfDate(value), path);
    if (value instanceof DateTime) return this.#visitTime(textOfDateTime(value), path);
    if (value instanceof Duration) return this.#visitDuration(value, path);
    if (value instanceof Decimal) return this.#visitDecimal(value.toString(), path);
    if (value instanceof GeometryCollection) {
      return this.#refuse(path, 'A GeometryCollection cannot be stored; store a list of geometries.');
    }
    if (value instanceof Geometry) return this.#visitCoordinates(value.toJSON(), path);
    if (value instanceof Uuid) return this.#walk.count(36);
    if (value instanceof Table) return this.#refuse(path, 'A table cannot be stored; store its name as text.');
    if (value instanceof FileRef)
      return this.#refuse(path, 'A file cannot be stored; store its bucket and key as text.');
    if (value instanceof Range || value instanceof RecordIdRange) {
      return [value.begin, value.end].map((bound) => inner(bound?.value, path));
    }
    if (value instanceof StringRecordId) return this.#refuse(path, 'Use new RecordId(table, key) for a record id.');
    if (value instanceof ArrayBuffer || value instanceof Uint8Array) return this.#walk.count(value.byteLength);
    if (ArrayBuffer.isView(value)) return this.#refuse(path, 'Use a Uint8Array for bytes, or a list for numbers.');
    if (value instanceof Map) return this.#refuse(path, 'A Map cannot be stored; use Object.fromEntries(map).');
    if (isPlain(value)) return this.#walk.members(value, path, inner);
    return this.#refuse(path, `A ${classOf(value)} cannot be stored; use plain objects or values of SurrealDB.`);
  }

  #visitId(id: RecordId, path: string): unknown {
    this.#walk.text(id.table.name, path);
    if (!(this.#use === 'stored' ? isRecordKey(id.id) : isAnyKey(id.id))) {
      return this.#refuse(path, RECORD_KEY_RULE);
    }
    this.visit(id.id, path);
    const { length } = id.toString();
    if (length <= RECORD_ID_MAX) return id;
    return this.#refuse(path, `A record id has at most ${RECORD_ID_MAX} characters, not ${length}.`);
  }

  #visitSet(set: ReadonlySet<unknown>, path: string, inner: (item: unknown, place: string) => unknown): unknown {
    if (this.#use === 'stored') return this.#walk.items([...set], path, inner);
    return this.#refuse(path, 'A Set finds no row; use `contains` for each of its members.');
  }

  #visitTime(text: string | undefined, path: string): unknown {
    if (text === undefined) return this.#refuse(path, 'An invalid Date cannot be stored.');
    return /^\d{4}-/.test(text) ? this.#walk.count(20) : this.#refuse(path, 'Datetimes have years from 0 to 9999.');
  }

  #visitDuration({ seconds }: Duration, path: string): unknown {
    if (seconds >= 0n && seconds <= DURATION_MAX) return this.#walk.count(2);
    return this.#refuse(path, 'A duration has 0 to 31 million years.');
  }

  #visitDecimal(text: string, path: string): unknown {
    const digits = text.replace(/[-.]/g, '').replace(/^0+/, '').length;
    if (DECIMAL.test(text) && digits <= DECIMAL_DIGITS) return this.#walk.count(text.length);
    return this.#refuse(path, `Decimals have at most ${DECIMAL_DIGITS} digits.`);
  }

  /** Checks every number in a GeoJSON object. */
  #visitCoordinates(json: unknown, path: string): unknown {
    if (typeof json === 'number' && !(Math.abs(json) < 2 ** 53)) {
      return this.#refuse(path, 'Coordinates must be finite numbers below 2^53.');
    }
    this.#walk.count(1);
    if (typeof json !== 'object' || json === null) return json;
    return Object.values(json).map((item) => this.#visitCoordinates(item, path));
  }

  #refuse(path: string, message: string): null {
    return this.#walk.refuse(path, message);
  }
}
