import type { ChildProcess } from 'node:child_process';
import type { ReaperLink } from '../terminate/reaper-link.ts';
import type { RuntimeSetup } from './runtime-process.ts';
import { SparePool } from './spare-pool.ts';

/**
 * All spares of a supervisor: children that have loaded the child runtime and wait for an entry. Each is used once, for
 * one process, and has run nothing before. So nothing of one user can remain in it for another.
 */
export class SparePools {
  readonly #reaper: Pick<ReaperLink, 'add' | 'remove'>;
  readonly #pools = new Map<string, SparePool>();
  #isClosed = false;

  constructor(reaper: Pick<ReaperLink, 'add' | 'remove'>) {
    this.#reaper = reaper;
  }

  /** Number of ready spares. */
  get ready(): number {
    return [...this.#pools.values()].reduce((sum, { ready }) => sum + ready, 0);
  }

  /**
   * Resolves when `count` spares are ready; rejects if one ends before that. Later spares are made in the background.
   */
  keep(setup: RuntimeSetup, count: number): Promise<void> {
    const key = keyOf(setup);
    const pool = this.#pools.get(key) ?? new SparePool(setup, this.#reaper);
    this.#pools.set(key, pool);
    return pool.keep(count);
  }

  /** Removes and returns a spare with an equal setup. The caller owns it from now on. */
  take(setup: RuntimeSetup): ChildProcess | undefined {
    return this.#isClosed ? undefined : this.#pools.get(keyOf(setup))?.take();
  }

  /** Ends all spares and makes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }
}

function keyOf({ root, environment, flags }: RuntimeSetup): string {
  const sorted = Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([root, sorted, flags]);
}
