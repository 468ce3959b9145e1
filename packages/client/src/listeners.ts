/** A set of listeners. An error that one throws affects neither the others nor the caller. */
export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** Adds a listener and returns a function that removes it. The same function may be added several times. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value): void => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  get size(): number {
    return this.#listeners.size;
  }

  notify(value: Value): void {
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) callSafely(listener, value);
    }
  }
}

/** Calls a listener. An error that it throws is reported as uncaught, as for a DOM event. */
export function callSafely<Value>(listener: (value: Value) => void, value: Value): void {
  try {
    listener(value);
  } catch (error) {
    if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
    else console.error(error);
  }
}
