import { Leadership } from './leadership.ts';

/** After so long a tab whose storage has failed seeks its turn again, behind the others. Milliseconds. */
const FAILURE_MS = 5_000;
/** If nothing happens to waiting writes for so long, the tab that should send them is taken for frozen. Milliseconds. */
const STUCK_MS = 30_000;

/** Whether it is this tab's turn to send: it seeks the leadership as long as it has a connection and its storage works. */
export class Turn {
  readonly #onGained: () => void;
  #leadership: Leadership | undefined;
  #isConnected = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** @param onGained called when it is this tab's turn */
  constructor(onGained: () => void) {
    this.#onGained = onGained;
  }

  get isHeld(): boolean {
    return this.#leadership?.isHeld ?? false;
  }

  /** @param name the same in all tabs that have the same writes */
  enter(name: string): void {
    this.#leadership = new Leadership(name, this.#onGained);
    if (this.#isConnected) this.#leadership.seek();
  }

  leave(): void {
    this.lost();
    this.#leadership = undefined;
  }

  connected(): void {
    this.#isConnected = true;
    this.#leadership?.seek();
  }

  /** Without a connection another tab sends. */
  lost(): void {
    this.#isConnected = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
    this.#leadership?.release();
  }

  /** The storage of this tab fails. Another one may have one that works. */
  failed(): void {
    this.#leadership?.release();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.#isConnected) this.#leadership?.seek();
    }, FAILURE_MS);
  }

  /**
   * Something has happened to the writes.
   *
   * @param isWaiting whether there are writes to send
   */
  progressed(isWaiting: boolean): void {
    clearTimeout(this.#watch);
    if (this.#isConnected && isWaiting && !this.isHeld) this.#watch = setTimeout(() => this.#takeOver(), STUCK_MS);
  }

  /** Nothing has happened for long. */
  #takeOver(): void {
    // A hidden tab may be frozen itself at any time.
    if (globalThis.document?.visibilityState === 'hidden') this.progressed(true);
    else this.#leadership?.steal();
  }
}
