/** Changes to a map that are not applied yet. */
export class Overlay<Value> {
  readonly #base: ReadonlyMap<string, Value>;
  readonly #changes = new Map<string, Value | undefined>();

  constructor(base: ReadonlyMap<string, Value>) {
    this.#base = base;
  }

  get(key: string): Value | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** @param value undefined to delete the key */
  set(key: string, value: Value | undefined): void {
    this.#changes.set(key, value);
  }

  /** The value before the changes. */
  before(key: string): Value | undefined {
    return this.#base.get(key);
  }

  /** The changed keys with their new values. */
  get changes(): ReadonlyMap<string, Value | undefined> {
    return this.#changes;
  }
}

/** Applies the changes of an overlay to its map. */
export function applyChanges<Value>(base: Map<string, Value>, changes: ReadonlyMap<string, Value | undefined>): void {
  for (const [key, value] of changes) {
    if (value === undefined) base.delete(key);
    else base.set(key, value);
  }
}
