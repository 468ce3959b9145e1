import { SupervisorError } from '../errors.ts';
import type { ProcessSpec } from '../process/process-run.ts';
import type { ProcessRegistry } from '../process/registry.ts';
import { nodeOf, type SupervisedContext, SupervisedProcess } from '../process/supervised-process.ts';
import { stopDependentsFirst } from '../terminate/stop-order.ts';
import { checkDependencies, type DependencyNode } from './dependencies.ts';
import { KeyQueue } from './key-queue.ts';
import type { LaunchRequest } from './launch-request.ts';

/**
 * Starts new processes. It enforces one process per key, the maximum number of processes, and dependencies that can be
 * met.
 */
export class Launcher {
  readonly #registry: ProcessRegistry;
  readonly #context: SupervisedContext;
  readonly #maxProcesses: number;
  /** Throws if the supervisor is closing. */
  readonly #refuseWhenClosing: () => void;
  readonly #changed: () => void;
  readonly #keys = new KeyQueue();
  /** Processes between the call of spawn and their start. */
  readonly #pending = new Set<DependencyNode>();
  readonly #beingReplaced = new Set<SupervisedProcess>();

  /** `changed` is called when a pending process has been started or has been refused. */
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
    this.#refuseWhenClosing = refuse;
    this.#changed = changed;
  }

  /** All processes that are alive or about to be started. */
  get nodes(): readonly DependencyNode[] {
    return [...this.#registry.supervised.map(({ node }) => node), ...this.#pending];
  }

  /** Starts a process and waits until it is ready. */
  async launch(request: LaunchRequest): Promise<SupervisedProcess> {
    const [node] = this.#announce([request]);
    const one = await this.#startInTurn(request, node, () => {});
    await one.started;
    return one;
  }

  /** Starts all processes or none: if one does not start, stops the others and throws its error. */
  async launchAll(requests: readonly LaunchRequest[]): Promise<SupervisedProcess[]> {
    const nodes = this.#announce(requests);
    const supervised: SupervisedProcess[] = [];
    let failure: { readonly error: unknown; readonly undone: Promise<void> } | undefined;
    const one = async (request: LaunchRequest, index: number) => {
      try {
        const one = await this.#startInTurn(request, nodes[index], () => {
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

  /** Waits for the turn of the key, then starts the process. */
  async #startInTurn(
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
      // The turn ends with the start, so that a replacement does not have to wait until this process is ready.
      return await this.#keys.run(isAlone ? undefined : JSON.stringify([userId, kind, key]), async () => {
        const one = await this.#start(request, () => {
          this.#refuseWhenClosing();
          refuse();
        });
        settle();
        return one;
      });
    } finally {
      settle();
    }
  }

  async #start(request: LaunchRequest, refuse: () => void): Promise<SupervisedProcess> {
    refuse();
    const { spec, check } = request;
    if (!request.replaceExisting && spec.identity.key !== undefined && this.#sameKey(spec).length > 0)
      throw keyTaken(spec);
    const replaced = this.#replacedBy(request);
    if (replaced.length === 0) this.#refuseTooMany();
    for (const one of replaced) this.#beingReplaced.add(one);
    try {
      // Without anything to wait for, the process starts synchronously in the spawn call.
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

  /** Returns the living processes with the same user, kind and key; without a key, those that have no key either. */
  #sameKey({ identity: { userId, kind, key } }: ProcessSpec): SupervisedProcess[] {
    return this.#registry.supervised.filter(({ process: { identity } }) => {
      return identity.userId === userId && identity.kind === kind && identity.key === key;
    });
  }

  #refuseTooMany(): void {
    const freed = [...this.#beingReplaced].filter(({ isOver }) => isOver); // their slots are reserved for the replacements
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
