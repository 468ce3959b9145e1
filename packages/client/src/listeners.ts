/** A set of listeners. One that throws hurts neither the others nor the one who tells them. */
export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** Adds a listener; the returned function takes it away again. The same function may be added several times. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value): void => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  get size(): number {
    return this.#listeners.size;
  }

  tell(value: Value): void {
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) guarded(listener, value);
    }
  }
}

/** Calls a listener; what it throws is reported as uncaught, as for a DOM event, and stops nothing else. */
export function guarded<Value>(listener: (value: Value) => void, value: Value): void {
  try {
    listener(value);
  } catch (error) {
    if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
    else console.error(error);
  }
}
