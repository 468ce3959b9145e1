/** A part of a value that cannot be sent. */
export interface ValueIssue {
  /** The place as a JSON pointer, such as `/list/0/at`. Empty for the value itself. */
  readonly path: string;
  /** What is wrong and what to do. Contains no value. */
  readonly message: string;
}

/** How much of a value is walked. */
export interface WalkLimits {
  /** The deepest nesting of arrays and objects. Default: none. */
  readonly maxDepth?: number;
  /** A value that is surely longer than this as JSON is not walked to its end. Bytes. Default: none. */
  readonly maxBytes?: number;
}

/** What a walk has found. */
export type Walked<Result> =
  | { readonly kind: 'walked'; readonly result: Result }
  | { readonly kind: 'refused'; readonly issues: readonly ValueIssue[] }
  /** Longer than `maxBytes`. */
  | { readonly kind: 'too large' };

/** A value with more problems than this is not walked to its end. */
const ISSUES_MAX = 20;

/** Ends a walk early. */
class Stop {
  readonly kind: 'refused' | 'too large';
  constructor(kind: 'refused' | 'too large') {
    this.kind = kind;
  }
}

/**
 * One walk through a value of an application, which may be anything: it may contain itself, share parts so often that
 * it is endless in practice, or run code that throws.
 */
export class ValueWalk {
  readonly #maxDepth: number;
  readonly #maxBytes: number;
  readonly #issues: ValueIssue[] = [];
  readonly #ancestors = new Set<object>();
  #bytes = 0;

  private constructor({ maxDepth = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: WalkLimits) {
    this.#maxDepth = maxDepth;
    this.#maxBytes = maxBytes;
  }

  static run<Result>(limits: WalkLimits, visit: (walk: ValueWalk) => Result): Walked<Result> {
    const walk = new ValueWalk(limits);
    try {
      const result = visit(walk);
      return walk.#issues.length === 0 ? { kind: 'walked', result } : { kind: 'refused', issues: walk.#issues };
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      return error.kind === 'refused' ? { kind: 'refused', issues: walk.#issues } : { kind: 'too large' };
    }
  }

  /** Records a problem. Returns null, which stands for the part in a result that is discarded anyway. */
  refuse(path: string, message: string): null {
    this.#issues.push({ path, message });
    if (this.#issues.length >= ISSUES_MAX) throw new Stop('refused');
    return null;
  }

  /** Counts bytes that a part needs at least. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) throw new Stop('too large');
  }

  /** Checks and counts a text: of unpaired surrogates, every encoding makes something else. */
  text(text: string, path: string): string | null {
    this.count(text.length + 2);
    return text.isWellFormed()
      ? text
      : this.refuse(path, 'A text contains half a character (an unpaired surrogate); cut texts between characters.');
  }

  /** Visits the parts of an object. What its code throws, in a getter or a proxy, is a problem of this place. */
  inside<Result>(value: object, path: string, visit: () => Result): Result | null {
    if (this.#ancestors.has(value)) return this.refuse(path, 'A value must not contain itself; send the id instead.');
    if (this.#ancestors.size >= this.#maxDepth) {
      return this.refuse(path, `A value is nested more than ${this.#maxDepth} levels deep; flatten it.`);
    }
    this.count(2);
    this.#ancestors.add(value);
    try {
      return visit();
    } catch (error) {
      if (error instanceof Stop) throw error;
      return this.refuse(path, 'Reading this value throws an error; copy its fields into a plain object.');
    } finally {
      this.#ancestors.delete(value);
    }
  }

  /** Visits the items of a list. Missing items of a sparse list are `undefined`. */
  items<Result>(list: readonly unknown[], path: string, visit: (item: unknown, path: string) => Result): Result[] {
    this.count(list.length);
    return Array.from(list, (item, index) => visit(item, `${path}/${index}`));
  }

  /** Visits the members of an object that are not `undefined`. */
  members(value: object, path: string, visit: (item: unknown, path: string) => unknown): Record<string, unknown> {
    const visited: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const place = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      this.text(name, place);
      // The driver would set it as the prototype of the object that it decodes.
      if (name === '__proto__') this.refuse(place, 'A member must not be named "__proto__"; rename it.');
      else visited[name] = visit(item, place);
    }
    return visited;
  }
}

/** The name of the class of an object, for messages. */
export function classOf(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'object of a class';
}
