import { NONE, type ViewList } from '../live/view-store.ts';

/** A list that is being changed: its keys, and the row objects that are known already. */
export class ListDraft {
  readonly keys: string[];
  readonly rows: (object | undefined)[];
  /** The keys of rows that were placed, whose objects are not known here. Some may have been cut off. */
  readonly placed: string[] = [];

  readonly #keys: Set<string>;

  /** @param list is copied, not changed */
  constructor({ keys, rows }: ViewList = { keys: NONE, rows: NONE }) {
    this.keys = [...keys];
    this.rows = [...rows];
    this.#keys = new Set(keys);
  }

  take(key: string): void {
    this.#splice(this.keys.indexOf(key), 1);
  }

  place(at: number, key: string): void {
    this.#splice(at, 0, key);
    this.placed.push(key);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Leaves the first rows. */
  cut(count: number): void {
    if (this.keys.length > count) this.#splice(count, this.keys.length - count);
  }

  #splice(at: number, remove: number, ...insert: readonly string[]): void {
    const removed = this.keys.splice(at, remove, ...insert);
    for (const key of removed) this.#keys.delete(key);
    for (const key of insert) this.#keys.add(key);
    this.rows.splice(at, remove, ...insert.map(() => undefined));
  }
}
