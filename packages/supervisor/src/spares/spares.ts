import type { ChildProcess } from 'node:child_process';
import type { ReaperLink } from '../reaper-link.ts';
import type { RuntimeSetup } from '../runtime-process.ts';
import { Shelf } from './shelf.ts';

/**
 * The warm spares of a supervisor: children that have loaded the child runtime and wait for an entry. Each is used once,
 * for one process, and has run nothing before. So nothing of one user can be left in it for another.
 */
export class Spares {
  readonly #reaper: Pick<ReaperLink, 'add' | 'remove'>;
  readonly #shelves = new Map<string, Shelf>();
  #isClosed = false;

  constructor(reaper: Pick<ReaperLink, 'add' | 'remove'>) {
    this.#reaper = reaper;
  }

  /** Spares that stand ready. */
  get ready(): number {
    return [...this.#shelves.values()].reduce((sum, { ready }) => sum + ready, 0);
  }

  /** Resolves when so many stand ready; rejects when one ends before it does. Later ones are made in the background. */
  keep(setup: RuntimeSetup, count: number): Promise<void> {
    const key = keyOf(setup);
    const shelf = this.#shelves.get(key) ?? new Shelf(setup, this.#reaper);
    this.#shelves.set(key, shelf);
    return shelf.keep(count);
  }

  /** One whose environment and flags are exactly these; it is the caller's from now on. */
  take(setup: RuntimeSetup): ChildProcess | undefined {
    return this.#isClosed ? undefined : this.#shelves.get(keyOf(setup))?.take();
  }

  /** Ends them all, and makes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#shelves.values()].map((shelf) => shelf.close()));
  }
}

function keyOf({ root, environment, flags }: RuntimeSetup): string {
  const sorted = Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([root, sorted, flags]);
}
