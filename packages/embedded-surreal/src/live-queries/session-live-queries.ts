import type { LiveQueryPlace } from './live-query-counts.ts';

/** The live queries that run in one session, each with the place that it occupies in the counts. */
export class SessionLiveQueries implements Iterable<string> {
  readonly #places = new Map<string, LiveQueryPlace | undefined>();

  add(live: string, place?: LiveQueryPlace): void {
    this.#places.set(live, place);
  }

  delete(live: string): boolean {
    this.#places.get(live)?.release();
    return this.#places.delete(live);
  }

  clear(): void {
    for (const place of this.#places.values()) place?.release();
    this.#places.clear();
  }

  has(live: string): boolean {
    return this.#places.has(live);
  }

  get size(): number {
    return this.#places.size;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#places.keys();
  }
}
