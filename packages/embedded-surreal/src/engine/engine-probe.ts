/**
 * Asks the engine whether it still answers. It runs on one thread, which a long closure or a runaway function blocks
 * for all clients while this process's event loop goes on. Only an answer of the engine shows that it is not blocked.
 *
 * One question at a time, shared by all who ask: a frozen engine must not collect questions.
 */
import type { Engine } from './engine.ts';

export class EngineProbe {
  readonly #engine: Engine;
  #asking: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Resolves when the engine has answered, however long that takes; rejects when its answer is an error. */
  ask(): Promise<void> {
    this.#asking ??= this.#engine.ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Whether it answers within so many milliseconds. */
  async answersWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    try {
      return await Promise.race([this.ask().then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
