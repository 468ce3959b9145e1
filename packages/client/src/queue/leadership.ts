/**
 * One tab of a browser at a time sends the pending writes of a user. A lock of the browser decides which one; when its
 * tab ends, however that happens, the next one gets it.
 *
 * Without locks every tab sends. That costs requests, but each write still has one effect, because of its key.
 */
export class Leadership {
  readonly #name: string;
  readonly #onGained: () => void;
  readonly #ended = new AbortController();
  readonly #released = Promise.withResolvers<void>();
  #isHeld = false;

  /** @param onGained called when this tab becomes the one that sends */
  constructor(name: string, onGained: () => void) {
    this.#name = name;
    this.#onGained = onGained;
    void this.#request();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Gives the lock to another tab. May be called repeatedly. */
  release(): void {
    this.#isHeld = false;
    this.#ended.abort();
    this.#released.resolve();
  }

  async #request(): Promise<void> {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) {
      // Not before the constructor has returned.
      await Promise.resolve();
      return this.#gain();
    }
    const { signal } = this.#ended;
    await locks
      .request(this.#name, { signal }, () => {
        this.#gain();
        return this.#released.promise;
      })
      .catch(() => undefined);
  }

  #gain(): void {
    if (this.#ended.signal.aborted) return;
    this.#isHeld = true;
    this.#onGained();
  }
}
