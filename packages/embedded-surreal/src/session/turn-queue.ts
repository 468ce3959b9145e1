/**
 * A first-come, first-served queue: shared turns run together, an exclusive turn runs alone.
 *
 * Requests of one session may arrive without waiting for each other. An `invalidate` must not overtake the query sent
 * before it: the engine would run that query without a signed-in user, and therefore with every right.
 */
export class TurnQueue {
  readonly #waiting: { readonly exclusive: boolean; readonly start: () => void }[] = [];
  #running = 0;
  #exclusive = false;

  shared<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(false, work);
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(true, work);
  }

  async #run<T>(exclusive: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#mayStart(exclusive)) {
      await new Promise<void>((start) => this.#waiting.push({ exclusive, start }));
    } else {
      this.#begin(exclusive);
    }
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#exclusive = false;
      this.#startNext();
    }
  }

  #mayStart(exclusive: boolean): boolean {
    return this.#running === 0 || !(exclusive || this.#exclusive);
  }

  #begin(exclusive: boolean): void {
    this.#running += 1;
    this.#exclusive = exclusive;
  }

  #startNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#mayStart(next.exclusive); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#begin(next.exclusive);
      next.start();
    }
  }
}
