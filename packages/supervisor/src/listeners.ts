/**
 * The handlers of one event. An error that a handler throws becomes a process warning and affects neither the other
 * handlers nor the host.
 */
export class Listeners<T> {
  readonly #handlers = new Set<(event: T) => void>();
  readonly #attached: () => void;

  /** `attached` is called when the first handler is added. */
  constructor(attached: () => void = () => {}) {
    this.#attached = attached;
  }

  get size(): number {
    return this.#handlers.size;
  }

  /** Adds a handler and returns a function that removes it. */
  add(handler: (event: T) => void): () => void {
    const own = (event: T) => handler(event); // the same function may be added twice
    this.#handlers.add(own);
    if (this.#handlers.size === 1) this.#attached();
    return () => void this.#handlers.delete(own);
  }

  emit(event: T): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(event);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}
