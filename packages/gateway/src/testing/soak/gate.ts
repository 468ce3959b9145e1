/** Lets workers run, or holds each of them between two pieces of work. */
export class Gate {
  readonly #count: number;
  #opened: PromiseWithResolvers<void> | undefined;
  #held = 0;
  #onHeld: () => void = () => undefined;

  /** @param count the number of workers */
  constructor(count: number) {
    this.#count = count;
  }

  /** Resolves when the worker may do its next piece of work. */
  async pass(): Promise<void> {
    while (this.#opened !== undefined) {
      this.#held += 1;
      this.#onHeld();
      await this.#opened.promise;
      this.#held -= 1;
    }
  }

  /** Resolves when all workers are held. */
  async close(): Promise<void> {
    this.#opened = Promise.withResolvers();
    while (this.#held < this.#count) {
      await new Promise<void>((resolve) => {
        this.#onHeld = resolve;
      });
    }
  }

  open(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.resolve();
  }
}
