import { SupervisorError } from '../errors.ts';
import { invalid, isRecord } from '../option-checks.ts';
import type { Failure } from '../process/lifecycle.ts';

/**
 * What must hold before a process is started, by kind: `started`, it has a process; `ready`, it is running. A kind stands
 * for every living process of that kind that belongs to the same user, or to none.
 */
export type DependsOn = Readonly<Record<string, DependencyCondition>>;
export type DependencyCondition = 'started' | 'ready';

/** One process as its dependencies see it. */
export interface DependencyNode {
  readonly kind: string;
  readonly userId?: string;
  readonly dependsOn: DependsOn;
  /** What holds of it now; undefined: nothing yet. A ready one has started, too. */
  readonly reached: DependencyCondition | undefined;
}

/** The way of a process to its start, past what it depends on. */
export interface Gate {
  /** The kinds that it still waits for. */
  readonly waitingFor: readonly string[];
  /** Calls back once, not before `wait` has returned: all is met, or can never be. */
  wait(settled: (failure: Failure | undefined) => void): void;
  cancel(): void;
}

/** Opens the gates of one supervisor, as its processes change. */
export class Dependencies {
  /** Every process that is alive, or about to be. */
  readonly #nodes: () => readonly DependencyNode[];
  readonly #checks = new Set<() => void>();

  constructor(nodes: () => readonly DependencyNode[]) {
    this.#nodes = nodes;
  }

  /** Undefined when nothing has to be waited for. */
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
          settled(missing && lost(missing.kind));
        };
        this.#checks.add(check);
        setImmediate(check); // what is missing already will not change any more
      },
      cancel,
    };
  }

  /**
   * To be called whenever a process starts, changes its state or is gone. Others hear of it first: a spawn that failed is
   * told so before those that waited for it.
   */
  changed(): void {
    if (this.#checks.size === 0) return;
    queueMicrotask(() => {
      for (const check of [...this.#checks]) check();
    });
  }
}

/** Throws a SupervisorError for a dependency that is nobody's kind, and for a circle. `others` are alive, or about to be. */
export function checkDependencies(added: readonly DependencyNode[], others: readonly DependencyNode[]): void {
  const all = [...others, ...added];
  for (const node of added) {
    for (const kind of Object.keys(node.dependsOn)) {
      if (all.some((other) => serves(other, node, kind))) continue;
      throw new SupervisorError(
        'SPOOKY_SUPERVISOR_UNKNOWN_DEPENDENCY',
        `${node.kind} depends on ${kind}, and no process of that kind is alive; spawn it first, or both with spawnAll().`,
      );
    }
  }
  const circle = findCircle(all);
  if (circle === undefined) return;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_DEPENDENCY_CYCLE',
    `These wait for each other, and none could start: ${circle.join(' → ')}. Take one dependency out.`,
  );
}

/** The kinds along a circle, the first one repeated at the end; undefined when there is none. */
export function findCircle(nodes: readonly DependencyNode[]): string[] | undefined {
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

/** Those that `node` depends on. */
export function dependenciesOf<T extends DependencyNode>(node: DependencyNode, nodes: readonly T[]): T[] {
  return nodes.filter((other) => Object.keys(node.dependsOn).some((kind) => serves(other, node, kind)));
}

/** A copy, checked. */
export function dependsOn(given: DependsOn = {}): DependsOn {
  if (isRecord(given) && Object.values(given).every((condition) => condition === 'started' || condition === 'ready')) {
    return { ...given };
  }
  throw invalid("dependsOn must give 'started' or 'ready' for each kind, like { database: 'ready' }.");
}

function serves(other: DependencyNode, node: DependencyNode, kind: string): boolean {
  return other.kind === kind && (other.userId === undefined || other.userId === node.userId);
}

function unmet(node: DependencyNode, nodes: readonly DependencyNode[]): { kind: string; isAlive: boolean }[] {
  return Object.entries(node.dependsOn).flatMap(([kind, condition]) => {
    const those = nodes.filter((other) => serves(other, node, kind));
    const isMet = those.every(({ reached }) => reached === 'ready' || reached === condition);
    return those.length > 0 && isMet ? [] : [{ kind, isAlive: those.length > 0 }];
  });
}

function lost(dependency: string): Failure {
  return {
    code: 'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED',
    message: `not started: ${dependency}, which it depends on, is not alive`,
  };
}
