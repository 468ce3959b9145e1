/**
 * Runs the spawns of one key one after the other: each waits until the previous one has stopped what it replaces and
 * has started its own process.
 */
export class KeyQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string | undefined, turn: () => Promise<T>): Promise<T> {
    if (key === undefined) return turn();
    const before = this.#tails.get(key);
    const own = before === undefined ? turn() : before.then(turn, turn);
    this.#tails.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#tails.get(key) === own) this.#tails.delete(key);
    }
  }
}
