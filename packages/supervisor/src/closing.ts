import type { ProcessInfo } from './process-info.ts';
import type { ProcessLine } from './process-line.ts';

export interface CloseOptions {
  /** After so many milliseconds everything left is killed at once. Default 15,000; 0 = now. */
  readonly timeoutMs?: number;
}

/** How a close went, and who held it up. */
export interface CloseReport {
  readonly elapsedMs: number;
  /** Processes that did not end when asked and had to be killed. */
  readonly forced: readonly ProcessInfo[];
  /** Processes that are still there, killed, but held by the operating system. */
  readonly remaining: readonly ProcessInfo[];
}

/** How long the operating system may take to end what was killed. */
const KILL_GRACE_MS = 2000;

/** Stops lines one after the other, the youngest first, so that nothing outlives what it was built on; bounded in time. */
export class Closing {
  readonly report: Promise<CloseReport>;
  readonly #lines: readonly ProcessLine[];
  readonly #timeUp = Promise.withResolvers<void>();
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** `lines` in order of their spawn. */
  constructor(lines: readonly ProcessLine[], timeoutMs: number) {
    this.#lines = lines.toReversed();
    this.hurry(timeoutMs);
    this.report = this.#run();
  }

  /** Brings the end of the patience forward; never back. */
  hurry(timeoutMs: number): void {
    const due = performance.now() + timeoutMs;
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#timeUp.resolve(), timeoutMs);
  }

  async #run(): Promise<CloseReport> {
    const begun = performance.now();
    for (const line of this.#lines) await Promise.race([line.stop('backend_unloaded'), this.#timeUp.promise]);
    clearTimeout(this.#timer);

    const late = this.#lines.filter((line) => !line.isOver);
    if (late.length > 0) {
      let grace: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, KILL_GRACE_MS);
      });
      await Promise.race([Promise.all(late.map((line) => line.stop('backend_unloaded', undefined, true))), patience]);
      clearTimeout(grace);
    }
    const infos = this.#lines.map((line) => ({ info: line.process.info(), isOver: line.isOver }));
    return {
      elapsedMs: Math.round(performance.now() - begun),
      forced: infos.filter(({ info }) => info.exit?.forced === true).map(({ info }) => info),
      remaining: infos.filter(({ isOver }) => !isOver).map(({ info }) => info),
    };
  }
}
