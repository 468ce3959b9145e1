import { randomUUID } from 'node:crypto';
import type { SupervisorError } from '../errors.ts';
import type { DependencyNode, Gate } from '../spawn/dependencies.ts';
import type { ReaperLink } from '../terminate/reaper-link.ts';
import type { OutputPiece } from '../transport/output-lines.ts';
import type { Packed } from '../transport/protocol.ts';
import type { OutputStream } from '../transport/transport.ts';
import { isTerminal, type StopReason } from './lifecycle.ts';
import type { LifecycleEvent } from './process-info.ts';
import { ProcessRun, type ProcessSpec } from './process-run.ts';
import { decideRestart, NO_RESTARTS, type RestartHistory, type RestartPolicy } from './restart-policy.ts';

/** What a supervised process needs from its supervisor, and where its events go. */
export interface SupervisedContext {
  readonly reaper: ReaperLink;
  /** Returns a number from 0 to 1, for the jitter of restarts. */
  readonly random: () => number;
  /** Returns the gate that a process with these dependencies has to pass, or undefined if they are met. */
  gateOf(node: DependencyNode): Gate | undefined;
  /** A run is about to start. From now on it can be found by its id. */
  runStarted(process: ProcessRun, supervised: SupervisedProcess): void;
  /** The run has a child. */
  launched(): void;
  published(event: LifecycleEvent): void;
  message(process: ProcessRun, message: Packed): void;
  output(process: ProcessRun, stream: OutputStream, piece: OutputPiece): void;
}

const NEVER: RestartPolicy = { when: 'never' };

/**
 * What one spawn requested: one run, and the runs that a restart policy adds. It keeps its key until it is over, also
 * between two runs.
 *
 *   run ──ends──▶ policy ──restart──▶ (waits) ──▶ next run
 *                    └──end, give up, or stopped──▶ over
 */
export class SupervisedProcess {
  /** Settles once: resolves when a run is ready for the first time, rejects if all runs end without that. */
  readonly started: Promise<void>;
  /** Resolves when the last run has ended and none follows. */
  readonly over: Promise<void>;
  readonly #spec: ProcessSpec;
  readonly #policy: RestartPolicy;
  readonly #context: SupervisedContext;
  readonly #start = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #process: ProcessRun;
  #restartTimer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** A stop was requested. No run follows, even if the current one ends for an earlier reason such as a timeout. */
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

  /** The current run, or the last one. */
  get process(): ProcessRun {
    return this.#process;
  }

  get node(): DependencyNode {
    return { ...nodeOf(this.#spec), fulfils: this.#process.fulfils };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): void {
    this.#context.runStarted(this.#process, this);
    this.#process.begin();
  }

  /** Ends the run or the wait for the next one. Resolves when it is over; never rejects. */
  stop(reason: StopReason, detail?: string, now = false): Promise<void> {
    this.#isStopped = true;
    if (this.#restartTimer !== undefined) this.#endWhileWaiting();
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
      output: (stream, piece) => this.#context.output(process, stream, piece),
    });
    return process;
  }

  #changed(process: ProcessRun): void {
    const event = { ...process.info(), at: Date.now() };
    const lifecycle = process.lifecycle;
    if (!isTerminal(lifecycle)) {
      this.#context.published(event);
      return;
    }

    if (process.pid !== undefined) this.#context.reaper.remove(process.pid);
    const ended = { state: lifecycle.state, ranMs: process.ranMs };
    const policy = this.#isStopped ? NEVER : this.#policy;
    const decision = decideRestart(policy, this.#history, ended, Date.now(), this.#context.random);
    if (decision.type === 'restart') {
      this.#history = decision.history;
      this.#restartTimer = setTimeout(() => this.#startNextRun(), decision.delayMs);
      this.#context.published({ ...event, restartInMs: decision.delayMs });
      return;
    }
    this.#isOver = true; // before the event is published: a handler may spawn the same key again
    this.#context.published(decision.type === 'give-up' ? { ...event, gaveUp: true } : event);
    this.#end.resolve();
  }

  #startNextRun(): void {
    this.#restartTimer = undefined;
    this.#restarts += 1;
    this.#process = this.#create();
    this.begin();
  }

  /** Ends the wait for the next run. No run is left that could publish an end. */
  #endWhileWaiting(): void {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    this.#isOver = true;
    if (this.#startError !== undefined) this.#start.reject(this.#startError);
    this.#end.resolve();
  }
}

/** The dependency node of a process that is not started yet. */
export function nodeOf({ identity: { kind, userId }, dependsOn }: ProcessSpec): DependencyNode {
  return { kind, ...(userId === undefined ? {} : { userId }), dependsOn, fulfils: undefined };
}
