/*
 * When something is worth looking at again.
 *
 *   asleep ──notified, timer, interval──▶ awake ──work done──▶ asleep
 *                                           │ ▲
 *                                           └─┘ notified meanwhile: the work is done once more, however often that was
 *   any ──stop──▶ stopped
 *
 * A notification is a hint and may be lost or superfluous; the interval is the truth and bounds what a lost hint costs.
 */
export interface Poller {
  start(): void;
  /** Work now, or once more after the work under way. */
  notify(): void;
  /** Work after `ms`, unless an earlier timer stands. */
  after(ms: number): void;
  /** Resolves when the work under way is done; none begins any more. */
  stop(): Promise<void>;
}

/** @param work must not reject; `onError` is told if it does. `polled` is true when the interval is over. */
export function createPoller(
  pollIntervalMs: number,
  work: (polled: boolean) => Promise<void>,
  onError: (error: unknown) => void,
): Poller {
  let state: 'new' | 'asleep' | 'awake' | 'again' | 'stopped' = 'new';
  let interval: NodeJS.Timeout | undefined;
  let pollDue = false;
  let timer: { readonly handle: NodeJS.Timeout; readonly at: number } | undefined;
  let working: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    do {
      state = 'awake';
      const polled = pollDue;
      pollDue = false;
      try {
        await work(polled);
      } catch (error) {
        onError(error);
      }
    } while (isAgain());
    if (state === 'awake') state = 'asleep';
  }

  // A function, because the compiler does not see that `await` lets others change the state.
  function isAgain(): boolean {
    return state === 'again';
  }

  function notify(): void {
    if (state === 'awake') state = 'again';
    if (state === 'asleep') working = run();
  }

  function clearTimer(): void {
    clearTimeout(timer?.handle);
    timer = undefined;
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'asleep';
      interval = setInterval(() => {
        pollDue = true;
        notify();
      }, pollIntervalMs);
      pollDue = true;
      notify();
    },
    notify,
    after(ms) {
      const at = performance.now() + ms;
      // The poll comes earlier anyway, and will set the timer itself.
      if (state === 'stopped' || ms > pollIntervalMs || (timer && timer.at <= at)) return;
      clearTimer();
      const handle = setTimeout(() => {
        timer = undefined;
        notify();
      }, Math.ceil(ms));
      timer = { handle, at };
    },
    async stop() {
      state = 'stopped';
      clearInterval(interval);
      clearTimer();
      await working;
    },
  };
}
