/**
 * One tab of a browser at a time sends the pending writes of a user: one that has a connection and a working storage. A
 * lock of the browser decides which one; when its tab ends or gives it up, the next one that seeks it gets it.
 *
 * Without locks every tab sends. That costs requests, but each write still has one effect, because of its key.
 */
export class Leadership {
  readonly #name: string;
  readonly #onGained: () => void;
  /** The present request for the lock, and the end of holding it. */
  #attempt: { readonly ended: AbortController; readonly released: PromiseWithResolvers<void> } | undefined;
  #isHeld = false;

  /** @param onGained called when this tab becomes the one that sends */
  constructor(name: string, onGained: () => void) {
    this.#name = name;
    this.#onGained = onGained;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Waits for the lock. May be called repeatedly. */
  seek(): void {
    if (this.#attempt === undefined) void this.#request();
  }

  /** Takes the lock from a tab that does not use it, for example because the system has frozen it. */
  steal(): void {
    if (this.#isHeld) return;
    this.release();
    void this.#request({ steal: true });
  }

  /** Gives the lock to another tab, or does not seek it any more. May be called repeatedly. */
  release(): void {
    this.#isHeld = false;
    this.#attempt?.ended.abort();
    this.#attempt?.released.resolve();
    this.#attempt = undefined;
  }

  async #request(how?: { readonly steal: true }): Promise<void> {
    const attempt = { ended: new AbortController(), released: Promise.withResolvers<void>() };
    this.#attempt = attempt;
    const { signal } = attempt.ended;
    const gain = (): Promise<void> => {
      if (signal.aborted) return Promise.resolve();
      this.#isHeld = true;
      this.#onGained();
      return attempt.released.promise;
    };
    const locks = globalThis.navigator?.locks;
    // Not before the caller has finished.
    await Promise.resolve();
    if (locks === undefined) return await gain();
    try {
      await locks.request(this.#name, how ?? { signal }, gain);
    } catch {
      if (signal.aborted) return;
      // The browser forbids locks.
      if (!this.#isHeld) return await gain();
      // Another tab has stolen it.
      this.release();
      this.seek();
    }
  }
}
