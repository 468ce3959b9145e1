/** Handlers of one kind of event. One that throws is reported as a warning; it stops neither the others nor the host. */
export class Listeners<T> {
  readonly #handlers = new Set<(event: T) => void>();
  readonly #attached: () => void;

  /** `attached` is called when the first handler comes. */
  constructor(attached: () => void = () => {}) {
    this.#attached = attached;
  }

  get size(): number {
    return this.#handlers.size;
  }

  /** Returns a function that detaches the handler. */
  add(handler: (event: T) => void): () => void {
    const own = (event: T) => handler(event); // the same function may be attached twice
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
