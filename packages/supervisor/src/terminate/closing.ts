import type { ProcessInfo } from '../process/process-info.ts';
import type { SupervisedProcess } from '../process/supervised-process.ts';
import { Deadline } from './deadline.ts';
import { stopDependentsFirst } from './stop-order.ts';

/** Options of `close`. */
export interface CloseOptions {
  /** When to kill the processes that are still alive. Milliseconds, default 15,000; 0 = immediately. */
  readonly timeoutMs?: number;
  /** Called every second with the processes that `close` waits for, until all are gone. */
  readonly onWait?: (wait: CloseWait) => void;
}

/** The progress of a `close`. */
export interface CloseWait {
  readonly elapsedMs: number;
  /** The processes that were asked to end and have not ended. */
  readonly processes: readonly ProcessInfo[];
}

/** The result of a `close`. Times are in milliseconds. */
export interface CloseReport {
  readonly elapsedMs: number;
  /** Every process that was alive, and how long it took to end after it was asked; the slowest first. */
  readonly stops: readonly { readonly process: ProcessInfo; readonly elapsedMs: number }[];
  /** Processes that did not end when asked and had to be killed. */
  readonly forced: readonly ProcessInfo[];
  /** Processes that were killed but that the operating system has not ended yet. */
  readonly remaining: readonly ProcessInfo[];
}

/** How long the operating system may take to end killed processes. */
const KILL_GRACE_MS = 2000;
const WAIT_MS = 1000;

/** Stops processes within a time limit: each one before its dependencies, independent ones together. */
export class Closing {
  readonly report: Promise<CloseReport>;
  readonly #supervised: readonly SupervisedProcess[];
  /** `ended` is undefined until the process has ended. */
  readonly #stops = new Map<SupervisedProcess, { readonly asked: number; ended: number | undefined }>();
  readonly #begun = performance.now();
  readonly #timeUp = Promise.withResolvers<void>();
  readonly #watchers = new Set<(wait: CloseWait) => void>();
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(supervised: readonly SupervisedProcess[], timeoutMs: number) {
    this.#supervised = supervised;
    this.limitTo(timeoutMs);
    this.report = this.#run();
  }

  /** Makes the time limit earlier. A later limit is ignored. */
  limitTo(timeoutMs: number): void {
    const due = performance.now() + timeoutMs;
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#timeUp.resolve(), timeoutMs);
  }

  onWait(onWait: (wait: CloseWait) => void): void {
    this.#watchers.add(onWait);
  }

  async #run(): Promise<CloseReport> {
    const waiting = setInterval(() => this.#reportWait(), WAIT_MS);
    await Promise.race([stopDependentsFirst(this.#supervised, (one) => this.#stop(one, false)), this.#timeUp.promise]);
    clearTimeout(this.#timer);

    const late = this.#supervised.filter((one) => !one.isOver);
    if (late.length > 0) {
      const grace = new Deadline();
      const gracePeriod = new Promise<void>((resolve) => grace.arm(KILL_GRACE_MS, resolve, true));
      await Promise.race([Promise.all(late.map((one) => this.#stop(one, true))), gracePeriod]);
      grace.disarm();
    }
    clearInterval(waiting);
    return this.#reportOf(performance.now());
  }

  async #stop(one: SupervisedProcess, now: boolean): Promise<void> {
    const known = this.#stops.get(one);
    const stop = known ?? { asked: performance.now(), ended: undefined };
    this.#stops.set(one, stop);
    await one.stop('backend_unloaded', undefined, now);
    stop.ended ??= performance.now();
  }

  #reportWait(): void {
    const left = [...this.#stops].filter(([, { ended }]) => ended === undefined);
    const processes = left.map(([one]) => one.process.info());
    for (const watcher of this.#watchers) {
      try {
        watcher({ elapsedMs: Math.round(performance.now() - this.#begun), processes });
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  #reportOf(now: number): CloseReport {
    const stops = [...this.#stops].map(([one, { asked, ended = now }]) => ({
      process: one.process.info(),
      elapsedMs: Math.round(ended - asked),
    }));
    const infos = stops.map(({ process }) => process);
    return {
      elapsedMs: Math.round(now - this.#begun),
      stops: stops.toSorted((a, b) => b.elapsedMs - a.elapsedMs),
      forced: infos.filter(({ exit, pid }) => exit?.forced === true && pid !== undefined),
      remaining: this.#supervised.filter((one) => !one.isOver).map((one) => one.process.info()),
    };
  }
}
