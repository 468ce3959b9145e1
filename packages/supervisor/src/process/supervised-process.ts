import { randomUUID } from 'node:crypto';
import type { SupervisorError } from '../errors.ts';
import type { DependencyNode, Gate } from '../spawn/dependencies.ts';
import type { ReaperLink } from '../terminate/reaper-link.ts';
import type { Packed } from '../transport/protocol.ts';
import type { OutputStream } from '../transport/transport.ts';
import { isTerminal, type StopReason } from './lifecycle.ts';
import type { LifecycleEvent } from './process-info.ts';
import { ProcessRun, type ProcessSpec } from './process-run.ts';
import { decideRestart, NO_RESTARTS, type RestartHistory, type RestartPolicy } from './restart-policy.ts';

/** What a supervised process needs around it, and where its events go. */
export interface SupervisedContext {
  readonly reaper: ReaperLink;
  /** From 0 to 1. */
  readonly random: () => number;
  /** What a process with these dependencies has to wait for; undefined: nothing. */
  gateOf(node: DependencyNode): Gate | undefined;
  /** A run of it is about to start: it can be found by its id from now on. */
  begun(process: ProcessRun, supervised: SupervisedProcess): void;
  /** It has a process now. */
  launched(): void;
  published(event: LifecycleEvent): void;
  message(process: ProcessRun, message: Packed): void;
  output(process: ProcessRun, stream: OutputStream, line: string): void;
}

const NEVER: RestartPolicy = { when: 'never' };

/**
 * What one spawn asked for: one run, and under a restart policy those that follow it. It has its key until
 * it is over, between two runs too.
 *
 *   run ──ends──▶ policy ──restart──▶ (waits) ──▶ next run
 *                    └──end, give up, or stopped──▶ over
 */
export class SupervisedProcess {
  /** Settles once: at the first readiness, or when it is over without one. */
  readonly started: Promise<void>;
  /** Resolves when the last process has ended for good. */
  readonly over: Promise<void>;
  readonly #spec: ProcessSpec;
  readonly #policy: RestartPolicy;
  readonly #context: SupervisedContext;
  readonly #start = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #process: ProcessRun;
  #waiting: NodeJS.Timeout | undefined;
  #isOver = false;
  /** Somebody wants it to end: whatever its process ends with, perhaps of an earlier timeout, none follows. */
  #isStopped = false;
  #history: RestartHistory = NO_RESTARTS;
  #restarts = 0;
  #startError: SupervisorError | undefined;

  constructor(spec: ProcessSpec, policy: RestartPolicy, context: SupervisedContext) {
    this.#spec = spec;
    this.#policy = policy;
    this.#context = context;
    this.started = this.#start.promise;
    this.over = this.#end.promise;
    this.#process = this.#create();
  }

  /** The living process, or the last one. */
  get process(): ProcessRun {
    return this.#process;
  }

  get node(): DependencyNode {
    return { ...nodeOf(this.#spec), reached: this.#process.reached };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): void {
    this.#context.begun(this.#process, this);
    this.#process.begin();
  }

  /** Ends its run, or the wait for the next one. Resolves when it is over; never rejects. */
  stop(reason: StopReason, detail?: string, now = false): Promise<void> {
    this.#isStopped = true;
    if (this.#waiting !== undefined) this.#finish();
    else this.#process.stop(reason, detail, now);
    return this.over;
  }

  #create(): ProcessRun {
    const gate = this.#context.gateOf(nodeOf(this.#spec));
    const process: ProcessRun = new ProcessRun(randomUUID(), this.#spec, this.#restarts, gate, {
      launched: () => {
        if (process.pid !== undefined) this.#context.reaper.add(process.pid);
        this.#context.launched();
      },
      changed: () => this.#changed(process),
      started: () => this.#start.resolve(),
      notStarted: (error) => {
        this.#startError = error;
        if (this.#isOver) this.#start.reject(error);
      },
      message: (data) => this.#context.message(process, data),
      line: (stream, line) => this.#context.output(process, stream, line),
    });
    return process;
  }

  #changed(process: ProcessRun): void {
    const event = { ...process.info(), at: Date.now() };
    const life = process.life;
    if (!isTerminal(life)) {
      this.#context.published(event);
      return;
    }

    if (process.pid !== undefined) this.#context.reaper.remove(process.pid);
    const ended = { state: life.state, ranMs: process.ranMs };
    const policy = this.#isStopped ? NEVER : this.#policy;
    const decision = decideRestart(policy, this.#history, ended, Date.now(), this.#context.random);
    if (decision.type === 'restart') {
      this.#history = decision.history;
      this.#waiting = setTimeout(() => this.#next(), decision.delayMs);
      this.#context.published({ ...event, restartInMs: decision.delayMs });
      return;
    }
    this.#isOver = true; // the key is free for whoever hears of the end
    this.#context.published(decision.type === 'give-up' ? { ...event, gaveUp: true } : event);
    this.#end.resolve();
  }

  #next(): void {
    this.#waiting = undefined;
    this.#restarts += 1;
    this.#process = this.#create();
    this.begin();
  }

  /** Stopped while it waited: no process is left to say so. */
  #finish(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#isOver = true;
    if (this.#startError !== undefined) this.#start.reject(this.#startError);
    this.#end.resolve();
  }
}

/** As its dependencies see a process that is about to be. */
export function nodeOf({ identity: { kind, userId }, dependsOn }: ProcessSpec): DependencyNode {
  return { kind, ...(userId === undefined ? {} : { userId }), dependsOn, reached: undefined };
}
