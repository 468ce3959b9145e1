import type { Snapshot } from './registry.ts';

/** Tracks which deaths this runner has seen, and which rows of dead runners can be removed. */
export interface Deaths {
  /**
   * Reads a snapshot.
   * @returns runners that died or left since the last snapshot. One that left has no jobs, but after a long outage it
   *   cannot be distinguished from one that died and was removed.
   */
  see(snapshot: Snapshot, now: number): readonly string[];
  /**
   * Dead runners that own nothing and whose death was seen long enough ago: by then the owners of their partitions have
   * made their jobs due again.
   */
  forgettable(snapshot: Snapshot, now: number): readonly string[];
}

/** @param forgetAfterMs how long the row of a dead runner stays at least */
export function createDeaths(forgetAfterMs: number): Deaths {
  let living = new Set<string>();
  const seenAt = new Map<string, number>();

  return {
    see({ runners }, now) {
      const dead = runners.filter(({ alive }) => !alive).map(({ id }) => id);
      const present = new Set(runners.map(({ id }) => id));
      const found = [...dead.filter((id) => !seenAt.has(id)), ...[...living].filter((id) => !present.has(id))];
      for (const id of seenAt.keys()) if (!present.has(id)) seenAt.delete(id);
      for (const id of dead) if (!seenAt.has(id)) seenAt.set(id, now);
      living = new Set(runners.filter(({ alive }) => alive).map(({ id }) => id));
      return found;
    },
    forgettable({ partitions }, now) {
      const owners = new Set(partitions.map(({ owner }) => owner));
      return [...seenAt].filter(([id, at]) => now - at >= forgetAfterMs && !owners.has(id)).map(([id]) => id);
    },
  };
}
