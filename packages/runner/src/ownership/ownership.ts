/*
 * Decides which partitions of the job tables this runner owns, next to any number of other runners.
 *
 * There is no leader. Each runner beats, reads the rows of all others, finds out which are dead (`liveness.ts`), and
 * takes or gives partitions by a rule that all share (`division.ts`). If two want the same partition, the rows decide.
 */
import { randomUUID } from 'node:crypto';
import { LinkError } from '@spookify/surreal-link';
import type { Connection } from '../connection.ts';
import type { Logger } from '../logger.ts';
import { realClock } from './clock.ts';
import { describeHost, isGone } from './host.ts';
import { createOwner, type Owner, type OwnershipEvents } from './owner.ts';
import { createRegistry, fenceText } from './registry.ts';
import { withFence } from './statements.ts';
import { DEFAULT_TIMING, type OwnershipTiming } from './timing.ts';

export interface OwnershipOptions extends OwnershipEvents {
  readonly connection: Connection;
  /** The job tables of this runner. */
  readonly tables: readonly string[];
  /** A prefix for its random ids. Job owners can read the ids, so it must not reveal where the runner runs. */
  readonly runnerId?: string;
  readonly logger: Logger;
  /** In [0, 1). Spreads what several runners would otherwise do at the same moment. */
  readonly random: () => number;
  readonly timing?: Partial<OwnershipTiming>;
  /** The process it runs in, for runners on the same machine; see `host.ts`. Default: this process. */
  readonly host?: string;
}

/** The ownership of one runner, and its fence. */
export interface Ownership extends Owner {
  /**
   * Wraps statements so that they run in one transaction, and only if this runner is alive. The result is one block: it
   * returns the value of its last statement and may read the caller's bindings. A `RETURN` ends it early.
   *
   * The text belongs to the runner's current id. If it is sent after the runner's death, it fails, and `isFenced` is
   * true for the error. So it must be built from what was learned under the same id; everything older is dropped at
   * `onLost`.
   *
   * @param k one of two writers. Writes of the same writer conflict with each other, so send one at a time
   */
  fenced(k: 0 | 1, statements: string): string;
}

export function createOwnership(options: OwnershipOptions): Ownership {
  const prefix = options.runnerId === undefined ? '' : `${options.runnerId}:`;
  const owner = createOwner({
    onTaken: (partition, carefulUntil) => options.onTaken(partition, carefulUntil),
    handOver: (partition) => options.handOver(partition),
    onDeath: (runners) => options.onDeath(runners),
    onLost: (why) => options.onLost(why),
    onSure: () => options.onSure?.(),
    registry: createRegistry(options.connection),
    clock: realClock,
    timing: { ...DEFAULT_TIMING, ...options.timing },
    tables: options.tables,
    logger: options.logger,
    random: options.random,
    newId: () => `${prefix}${randomUUID()}`,
    host: options.host ?? describeHost(),
    isGone,
    isClosed,
  });
  return Object.assign(owner, {
    fenced: (k: 0 | 1, statements: string) => withFence(fenceText(owner.id, k), statements),
  });
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof LinkError && error.cause.code === 'SPOOKY_LINK_CLOSED';
}
