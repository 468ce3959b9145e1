import { SupervisorError } from '../errors.ts';
import { invalidOption, isRecord } from '../option-checks.ts';
import type { Failure } from '../process/lifecycle.ts';

/**
 * What must be true before a process starts, by kind. `started`: the dependency has been started. `ready`: it is
 * running. A kind means every living process of that kind that belongs to the same user or to no user.
 */
export type DependsOn = Readonly<Record<string, DependencyCondition>>;
/** `started`: the dependency has a process. `ready`: it is running. */
export type DependencyCondition = 'started' | 'ready';

/** A process as a node of the dependency graph. */
export interface DependencyNode {
  readonly kind: string;
  readonly userId?: string;
  readonly dependsOn: DependsOn;
  /** The condition that the process fulfils now. `ready` includes `started`; undefined means none. */
  readonly fulfils: DependencyCondition | undefined;
}

/** The wait of a process for its dependencies. */
export interface Gate {
  /** The kinds that the process still waits for. */
  readonly waitingFor: readonly string[];
  /**
   * Calls `settled` once, after `wait` has returned: without a failure when all dependencies are met, or with one when
   * a dependency can no longer be met.
   */
  wait(settled: (failure: Failure | undefined) => void): void;
  cancel(): void;
}

/** The dependencies between the processes of one supervisor. */
export class Dependencies {
  /** All processes that are alive or about to be started. */
  readonly #nodes: () => readonly DependencyNode[];
  readonly #checks = new Set<() => void>();

  constructor(nodes: () => readonly DependencyNode[]) {
    this.#nodes = nodes;
  }

  /** Returns undefined if all dependencies are met. */
  gateOf(node: DependencyNode): Gate | undefined {
    const view = () => unmet(node, this.#nodes());
    if (view().length === 0) return undefined;
    let check: (() => void) | undefined;
    const cancel = () => {
      if (check !== undefined) this.#checks.delete(check);
    };
    return {
      get waitingFor() {
        return view().map(({ kind }) => kind);
      },
      wait: (settled) => {
        check = () => {
          if (check === undefined || !this.#checks.has(check)) return;
          const left = view();
          const missing = left.find(({ isAlive }) => !isAlive);
          if (left.length > 0 && missing === undefined) return;
          cancel();
          settled(missing && dependencyFailed(missing.kind));
        };
        this.#checks.add(check);
        setImmediate(check); // a dependency may already be gone, and then no change follows
      },
      cancel,
    };
  }

  /**
   * Checks the waiting processes. Call it whenever a process starts, changes its state or is gone. The checks run in a
   * microtask, so that the caller of a failed spawn hears of it before the processes that waited for it.
   */
  changed(): void {
    if (this.#checks.size === 0) return;
    queueMicrotask(() => {
      for (const check of [...this.#checks]) check();
    });
  }
}

/**
 * Throws a SupervisorError if a dependency names a kind that no process has, or if the dependencies form a cycle.
 * `others` are alive or about to be started.
 */
export function checkDependencies(added: readonly DependencyNode[], others: readonly DependencyNode[]): void {
  const all = [...others, ...added];
  for (const node of added) {
    for (const kind of Object.keys(node.dependsOn)) {
      if (all.some((other) => serves(other, node, kind))) continue;
      throw new SupervisorError(
        'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY',
        `${node.kind} depends on ${kind}, but no process of that kind is alive; spawn it first, or spawn both with spawnAll().`,
      );
    }
  }
  const circle = findCycle(all);
  if (circle === undefined) return;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE',
    `The dependencies form a cycle: ${circle.join(' → ')}; remove one of them.`,
  );
}

/**
 * Returns the kinds along a dependency cycle, with the first one repeated at the end, or undefined if there is none.
 */
export function findCycle(nodes: readonly DependencyNode[]): string[] | undefined {
  const done = new Set<DependencyNode>();
  const visit = (node: DependencyNode, path: readonly DependencyNode[]): string[] | undefined => {
    if (done.has(node)) return undefined;
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node].map(({ kind }) => kind);
    for (const next of dependenciesOf(node, nodes)) {
      const circle = visit(next, [...path, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of nodes) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Returns the nodes that `node` depends on. */
export function dependenciesOf<T extends DependencyNode>(node: DependencyNode, nodes: readonly T[]): T[] {
  return nodes.filter((other) => Object.keys(node.dependsOn).some((kind) => serves(other, node, kind)));
}

/** Returns a checked copy. */
export function dependsOn(given: DependsOn = {}): DependsOn {
  if (isRecord(given) && Object.values(given).every((condition) => condition === 'started' || condition === 'ready')) {
    return { ...given };
  }
  throw invalidOption("dependsOn must map each kind to 'started' or 'ready', like { database: 'ready' }.");
}

function serves(other: DependencyNode, node: DependencyNode, kind: string): boolean {
  return other.kind === kind && (other.userId === undefined || other.userId === node.userId);
}

function unmet(node: DependencyNode, nodes: readonly DependencyNode[]): { kind: string; isAlive: boolean }[] {
  return Object.entries(node.dependsOn).flatMap(([kind, condition]) => {
    const those = nodes.filter((other) => serves(other, node, kind));
    const isMet = those.every(({ fulfils: reached }) => reached === 'ready' || reached === condition);
    return those.length > 0 && isMet ? [] : [{ kind, isAlive: those.length > 0 }];
  });
}

function dependencyFailed(dependency: string): Failure {
  return {
    code: 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED',
    message: `not started: its dependency ${dependency} is not alive; find out why it ended, and start it first`,
  };
}
