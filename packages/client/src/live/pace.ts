/** A frame of a screen with 60 Hz. Milliseconds. */
const FRAME_MS = 16;

/** Runs a task when it is asked for, but a costly one at most once a frame. */
export class Pace {
  readonly #task: () => void;
  readonly #isCostly: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRun = Number.NEGATIVE_INFINITY;

  /** @param isCostly whether the task costs more than a small part of a frame now */
  constructor(task: () => void, isCostly: () => boolean) {
    this.#task = task;
    this.#isCostly = isCostly;
  }

  /** Runs the task now, or at the latest one frame after its last run. */
  request(): void {
    const waitMs = this.#isCostly() ? this.#lastRun + FRAME_MS - performance.now() : 0;
    if (waitMs <= 0) this.#run();
    else this.#timer ??= setTimeout(() => this.#run(), waitMs);
  }

  /** Does not run the task any more if it has not been asked for again. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    this.stop();
    this.#task();
    this.#lastRun = performance.now();
  }
}
