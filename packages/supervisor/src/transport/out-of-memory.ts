import type { ExitStatus } from '../process/lifecycle.ts';
import type { OutputPiece } from './output-lines.ts';

/** What V8 writes to standard error before it aborts. */
const OUT_OF_MEMORY = /^(?:FATAL ERROR: |# Fatal ).*out of memory/;
/** V8 aborts, or executes an invalid instruction. A shell reports the signal as an exit code. */
const ABORTED = new Set<ExitStatus['signal'] | ExitStatus['exitCode']>(['SIGABRT', 'SIGTRAP', 'SIGILL', 132, 133, 134]);

/** Recognizes a Node process that ran out of memory, by its last output. */
export class OutOfMemory {
  #isWritten = false;
  readonly #remedy: string;

  /** `remedy`: what to do about it. */
  constructor(remedy: string) {
    this.#remedy = remedy;
  }

  see(stream: 'stdout' | 'stderr', { whole }: OutputPiece): void {
    if (stream === 'stderr' && OUT_OF_MEMORY.test(whole)) this.#isWritten = true;
  }

  /** Returns the exit with this failure. Only if the process aborted: it may write such a line and continue. */
  explain(exit: ExitStatus): ExitStatus {
    if (!this.#isWritten || !(ABORTED.has(exit.signal) || ABORTED.has(exit.exitCode))) return exit;
    const message = `ran out of its JavaScript heap; ${this.#remedy}, or keep less in memory`;
    return { ...exit, failure: { code: 'SPOOKY_SUPERVISOR_HEAP_LIMIT', message } };
  }
}
