/**
 * Checks whether the engine still answers. The engine runs on one thread, which a long closure or a runaway function
 * blocks for all clients while the event loop of this process continues. Only an answer from the engine shows that it
 * is not blocked.
 *
 * All callers share one pending query, so a frozen engine does not accumulate them.
 */
import type { Engine } from './engine.ts';

export class EngineProbe {
  readonly #engine: Engine;
  #pending: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Resolves when the engine answers, however long that takes. Rejects if the answer is an error. */
  ping(): Promise<void> {
    this.#pending ??= this.#engine.ping().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Whether the engine answers within this time. */
  async answersWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    try {
      return await Promise.race([this.ping().then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
