import { SupervisorError } from '../errors.ts';
import type { ProcessSpec } from '../process/process-run.ts';
import type { ProcessRegistry } from '../process/registry.ts';
import { nodeOf, type SupervisedContext, SupervisedProcess } from '../process/supervised-process.ts';
import { stopDependentsFirst } from '../terminate/stop-order.ts';
import { checkDependencies, type DependencyNode } from './dependencies.ts';
import { KeyQueue } from './key-queue.ts';
import type { LaunchRequest } from './launch-request.ts';

/** Lets new processes in: one for each key, no more than there is room for, none with a dependency that cannot be met. */
export class Launcher {
  readonly #registry: ProcessRegistry;
  readonly #context: SupervisedContext;
  readonly #maxProcesses: number;
  /** Throws when nothing may be started any more. */
  readonly #refuse: () => void;
  readonly #changed: () => void;
  readonly #keys = new KeyQueue();
  /** On their way, between the call of spawn and their start. */
  readonly #pending = new Set<DependencyNode>();
  readonly #beingReplaced = new Set<SupervisedProcess>();

  /** `changed` is told when one that was on its way has arrived, or will not. */
  constructor(
    registry: ProcessRegistry,
    context: SupervisedContext,
    maxProcesses: number,
    refuse: () => void,
    changed: () => void,
  ) {
    this.#registry = registry;
    this.#context = context;
    this.#maxProcesses = maxProcesses;
    this.#refuse = refuse;
    this.#changed = changed;
  }

  /** Every process that is alive, or about to be. */
  get nodes(): readonly DependencyNode[] {
    return [...this.#registry.supervised.map(({ node }) => node), ...this.#pending];
  }

  /** Starts one, and waits until it is ready. */
  async launch(request: LaunchRequest): Promise<SupervisedProcess> {
    const [node] = this.#announce([request]);
    const one = await this.#enter(request, node, () => {});
    await one.started;
    return one;
  }

  /** All or none: should one not start, the others are stopped again, and its error is thrown. */
  async launchAll(requests: readonly LaunchRequest[]): Promise<SupervisedProcess[]> {
    const nodes = this.#announce(requests);
    const supervised: SupervisedProcess[] = [];
    let failure: { readonly error: unknown; readonly undone: Promise<void> } | undefined;
    const one = async (request: LaunchRequest, index: number) => {
      try {
        const one = await this.#enter(request, nodes[index], () => {
          if (failure !== undefined) throw failure.error;
        });
        supervised.push(one);
        await one.started;
        return one;
      } catch (error) {
        failure ??= {
          error,
          undone: stopDependentsFirst(supervised, (one) => one.stop('stopped', 'another one did not start')),
        };
        throw error;
      }
    };
    const started = await Promise.allSettled(requests.map(one));
    if (failure === undefined) return started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    await failure.undone;
    throw failure.error;
  }

  #announce(requests: readonly LaunchRequest[]): readonly DependencyNode[] {
    const nodes = requests.map(({ spec }) => nodeOf(spec));
    const replaced = requests.flatMap((request) => this.#replacedBy(request));
    const others = this.#registry.supervised.filter((one) => !replaced.includes(one)).map(({ node }) => node);
    checkDependencies(nodes, [...others, ...this.#pending]);
    for (const node of nodes) this.#pending.add(node);
    return nodes;
  }

  /** Resolves with a process that has begun. */
  async #enter(
    request: LaunchRequest,
    node: DependencyNode | undefined,
    refuse: () => void,
  ): Promise<SupervisedProcess> {
    const { userId, kind, key } = request.spec.identity;
    const isAlone = key === undefined && !request.replaceExisting;
    const settle = () => {
      if (node !== undefined && this.#pending.delete(node)) this.#changed();
    };
    try {
      // Its turn ends with its start: whoever replaces it need not wait until it is ready.
      return await this.#keys.run(isAlone ? undefined : JSON.stringify([userId, kind, key]), async () => {
        const one = await this.#begin(request, () => {
          this.#refuse();
          refuse();
        });
        settle();
        return one;
      });
    } finally {
      settle();
    }
  }

  async #begin(request: LaunchRequest, refuse: () => void): Promise<SupervisedProcess> {
    refuse();
    const { spec, check } = request;
    if (!request.replaceExisting && spec.identity.key !== undefined && this.#sameKey(spec).length > 0)
      throw keyTaken(spec);
    const replaced = this.#replacedBy(request);
    if (replaced.length === 0) this.#refuseTooMany();
    for (const one of replaced) this.#beingReplaced.add(one);
    try {
      // Without anything to wait for, it starts in the turn of its spawn.
      if (replaced.length > 0) await Promise.all(replaced.map((one) => one.stop('replaced')));
      if (check !== undefined) await check();
      refuse();
      if (replaced.length === 0) this.#refuseTooMany();
      const one = new SupervisedProcess(spec, request.restart, this.#context);
      this.#registry.add(one);
      one.begin();
      return one;
    } finally {
      for (const one of replaced) this.#beingReplaced.delete(one);
    }
  }

  #replacedBy({ spec, replaceExisting }: LaunchRequest): SupervisedProcess[] {
    return replaceExisting ? this.#sameKey(spec) : [];
  }

  /** The living of the same user, kind and key; without a key those that have none either. */
  #sameKey({ identity: { userId, kind, key } }: ProcessSpec): SupervisedProcess[] {
    return this.#registry.supervised.filter(({ process: { identity } }) => {
      return identity.userId === userId && identity.kind === kind && identity.key === key;
    });
  }

  #refuseTooMany(): void {
    const freed = [...this.#beingReplaced].filter(({ isOver }) => isOver); // their places go to those that follow
    if (this.#registry.supervised.length + freed.length < this.#maxProcesses) return;
    throw new SupervisorError(
      'SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES',
      `${this.#maxProcesses} processes are alive; stop one first, or raise limits.processes.`,
    );
  }
}

function keyTaken({ identity: { kind, key } }: ProcessSpec): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_KEY_TAKEN',
    `A process of kind ${kind} and key ${key} is alive; stop it first, or spawn with replaceExisting.`,
  );
}
