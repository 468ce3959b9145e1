import { checkDependencies, type DependencyNode } from './dependencies.ts';
import { SupervisorError } from './errors.ts';
import { KeyQueue } from './key-queue.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { ProcessSpec } from './managed-process.ts';
import type { ProcessBook } from './process-book.ts';
import { type LineContext, nodeOf, ProcessLine } from './process-line.ts';
import { stopLines } from './stop-order.ts';

/** Lets new lines in: one for each key, no more than there is room for, none with a dependency that cannot be met. */
export class Launcher {
  readonly #book: ProcessBook;
  readonly #context: LineContext;
  readonly #maxProcesses: number;
  /** Throws when nothing may be started any more. */
  readonly #refuse: () => void;
  readonly #changed: () => void;
  readonly #keys = new KeyQueue();
  /** On their way, between the call of spawn and their start. */
  readonly #pending = new Set<DependencyNode>();
  readonly #beingReplaced = new Set<ProcessLine>();

  /** `changed` is told when one that was on its way has arrived, or will not. */
  constructor(book: ProcessBook, context: LineContext, maxProcesses: number, refuse: () => void, changed: () => void) {
    this.#book = book;
    this.#context = context;
    this.#maxProcesses = maxProcesses;
    this.#refuse = refuse;
    this.#changed = changed;
  }

  /** Every process that is alive, or about to be. */
  get nodes(): readonly DependencyNode[] {
    return [...this.#book.lines.map(({ node }) => node), ...this.#pending];
  }

  /** Starts one, and waits until it is ready. */
  async launch(request: LaunchRequest): Promise<ProcessLine> {
    const [node] = this.#announce([request]);
    const line = await this.#enter(request, node, () => {});
    await line.started;
    return line;
  }

  /** All or none: should one not start, the others are stopped again, and its error is thrown. */
  async launchAll(requests: readonly LaunchRequest[]): Promise<ProcessLine[]> {
    const nodes = this.#announce(requests);
    const lines: ProcessLine[] = [];
    let failure: { readonly error: unknown; readonly undone: Promise<void> } | undefined;
    const one = async (request: LaunchRequest, index: number) => {
      try {
        const line = await this.#enter(request, nodes[index], () => {
          if (failure !== undefined) throw failure.error;
        });
        lines.push(line);
        await line.started;
        return line;
      } catch (error) {
        failure ??= { error, undone: stopLines(lines, (line) => line.stop('stopped', 'another one did not start')) };
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
    const others = this.#book.lines.filter((line) => !replaced.includes(line)).map(({ node }) => node);
    checkDependencies(nodes, [...others, ...this.#pending]);
    for (const node of nodes) this.#pending.add(node);
    return nodes;
  }

  /** Resolves with a line that has begun. */
  async #enter(request: LaunchRequest, node: DependencyNode | undefined, refuse: () => void): Promise<ProcessLine> {
    const { userId, kind, key } = request.spec.identity;
    const isAlone = key === undefined && !request.replaceExisting;
    const settle = () => {
      if (node !== undefined && this.#pending.delete(node)) this.#changed();
    };
    try {
      // Its turn ends with its start: whoever replaces it need not wait until it is ready.
      return await this.#keys.run(isAlone ? undefined : JSON.stringify([userId, kind, key]), async () => {
        const line = await this.#begin(request, () => {
          this.#refuse();
          refuse();
        });
        settle();
        return line;
      });
    } finally {
      settle();
    }
  }

  async #begin(request: LaunchRequest, refuse: () => void): Promise<ProcessLine> {
    refuse();
    const { spec, check } = request;
    if (!request.replaceExisting && spec.identity.key !== undefined && this.#sameKey(spec).length > 0)
      throw keyTaken(spec);
    const replaced = this.#replacedBy(request);
    if (replaced.length === 0) this.#refuseTooMany();
    for (const line of replaced) this.#beingReplaced.add(line);
    try {
      // Without anything to wait for, it starts in the turn of its spawn.
      if (replaced.length > 0) await Promise.all(replaced.map((line) => line.stop('replaced')));
      if (check !== undefined) await check();
      refuse();
      if (replaced.length === 0) this.#refuseTooMany();
      const line = new ProcessLine(spec, request.restart, this.#context);
      this.#book.add(line);
      line.begin();
      return line;
    } finally {
      for (const line of replaced) this.#beingReplaced.delete(line);
    }
  }

  #replacedBy({ spec, replaceExisting }: LaunchRequest): ProcessLine[] {
    return replaceExisting ? this.#sameKey(spec) : [];
  }

  /** The living of the same user, kind and key; without a key those that have none either. */
  #sameKey({ identity: { userId, kind, key } }: ProcessSpec): ProcessLine[] {
    return this.#book.lines.filter(({ process: { identity } }) => {
      return identity.userId === userId && identity.kind === kind && identity.key === key;
    });
  }

  #refuseTooMany(): void {
    const freed = [...this.#beingReplaced].filter(({ isOver }) => isOver); // their places go to those that follow
    if (this.#book.lines.length + freed.length < this.#maxProcesses) return;
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
