/** A timer that fires this much too late was held up by the host, not by the child. */
const STALL_MS = 250;

/**
 * The one timer of a process. When the host itself had stalled (a blocked loop, SIGSTOP), what the child sent meanwhile
 * is still unread as the timer fires; it then waits once more, for up to a second, before it blames the child.
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
      // One turn later: messages that have already arrived are read first, and disarm it.
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
