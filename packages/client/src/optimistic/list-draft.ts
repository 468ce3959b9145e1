import { NONE, type ViewList } from '../live/view-store.ts';

/** A list that is being changed: its keys, and the row objects that are known already. */
export class ListDraft {
  readonly keys: string[];
  readonly rows: (object | undefined)[];
  /** The keys of rows that were placed, whose objects are not known here. Some may have been cut off. */
  readonly placed: string[] = [];

  /** @param list is copied, not changed */
  constructor({ keys, rows }: ViewList = { keys: NONE, rows: NONE }) {
    this.keys = [...keys];
    this.rows = [...rows];
  }

  take(key: string): void {
    this.#splice(this.keys.indexOf(key), 1);
  }

  place(at: number, key: string): void {
    this.#splice(at, 0, key);
    this.placed.push(key);
  }

  /** Leaves the first rows. */
  cut(count: number): void {
    if (this.keys.length > count) this.#splice(count, this.keys.length - count);
  }

  #splice(at: number, remove: number, ...insert: readonly string[]): void {
    this.keys.splice(at, remove, ...insert);
    this.rows.splice(at, remove, ...insert.map(() => undefined));
  }
}
