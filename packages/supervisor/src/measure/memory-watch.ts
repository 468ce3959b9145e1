import type { Failure } from '../process/lifecycle.ts';
import { usageOf } from './usage.ts';

/** A process with a memory limit. */
export interface MemoryLimited {
  readonly pid: number;
  readonly limitMb: number;
  exceeded(failure: Failure): void;
}

const MB = 1024 * 1024;

/**
 * Measures memory from outside, so that a process that blocks its event loop is measured too. Does nothing while no
 * process has a limit.
 */
export class MemoryWatch {
  readonly #everyMs: number;
  readonly #limited: () => readonly MemoryLimited[];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(everyMs: number, bound: () => readonly MemoryLimited[]) {
    this.#everyMs = everyMs;
    this.#limited = bound;
  }

  /** Schedules the next measurement. Call it whenever a process has started. */
  schedule(): void {
    if (this.#timer !== undefined || this.#isStopped || this.#limited().length === 0) return;
    this.#timer = setTimeout(() => void this.#measure(), this.#everyMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #measure(): Promise<void> {
    const bound = this.#limited();
    const usage = await usageOf(bound.map(({ pid }) => pid));
    for (const { pid, limitMb, exceeded } of bound) {
      const bytes = usage.get(pid)?.memoryBytes ?? 0;
      if (bytes <= limitMb * MB) continue;
      const used = `used ${Math.round(bytes / MB)} MiB including its descendants`;
      const message = `${used}, more than its memoryLimitMb of ${limitMb}; raise the limit, or keep less in memory`;
      exceeded({ code: 'SPOOKY_SUPERVISOR_MEMORY_LIMIT', message });
    }
    this.#timer = undefined;
    this.schedule();
  }
}
