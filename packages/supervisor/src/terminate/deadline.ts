/** If a timer fires this late, the host was blocked. */
const STALL_MS = 250;

/**
 * The timer of a process. If the host itself has stalled (a blocked event loop, SIGSTOP), the messages that the child
 * sent meanwhile are unread when the timer fires. A `patient` deadline then waits once more, for up to a second, before
 * it fires.
 */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  arm(ms: number, fire: () => void, patient: boolean): void {
    this.disarm();
    const due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!patient) fire();
      else if (performance.now() - due > STALL_MS) this.arm(Math.min(ms, 1000), fire, true);
      // Deferred by one turn: messages that have already arrived are read first, and may disarm it.
      else this.#immediate = setImmediate(fire);
    }, ms);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }
}
