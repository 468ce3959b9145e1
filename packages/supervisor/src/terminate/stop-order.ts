import type { SupervisedProcess } from '../process/supervised-process.ts';
import { dependenciesOf } from '../spawn/dependencies.ts';

/** Stops each process before its dependencies, independent ones together. */
export function stopDependentsFirst(
  processes: readonly SupervisedProcess[],
  stop: (one: SupervisedProcess) => Promise<void>,
): Promise<void> {
  const dependentsOf = (one: SupervisedProcess) =>
    processes.filter((other) => other !== one && dependenciesOf(other.node, [one.node]).length > 0);
  return stopInOrder(processes, dependentsOf, stop);
}

/**
 * Stops each item as soon as all items that depend on it have ended, independent items at the same time. Resolves when
 * all have ended. The dependencies must not form a cycle.
 *
 * @param dependentsOf the items of `all` that depend on it
 */
export async function stopInOrder<T>(
  all: readonly T[],
  dependentsOf: (one: T) => readonly T[],
  stop: (one: T) => Promise<void>,
): Promise<void> {
  const ends = new Map<T, Promise<void>>();
  const end = (one: T): Promise<void> => {
    const known = ends.get(one);
    if (known !== undefined) return known;
    const dependents = dependentsOf(one);
    const own = dependents.length === 0 ? stop(one) : Promise.all(dependents.map(end)).then(() => stop(one));
    ends.set(one, own);
    return own;
  };
  await Promise.all(all.map(end));
}
