/*
 * Repeats work on notifications, on a timer, and at an interval.
 *
 *   asleep ──notified, timer, interval──▶ awake ──work done──▶ asleep
 *                                           │ ▲
 *                                           └─┘ notified meanwhile: the work runs once more, however often that was
 *   any ──stop──▶ stopped
 *
 * A notification is a hint and may be lost or superfluous. The interval is the truth and bounds the cost of a lost
 * hint.
 */
/** Runs one piece of work on notifications, on a timer, and at an interval, never twice at the same time. */
export interface Poller {
  start(): void;
  /** Runs the work now, or once more after the current run. */
  notify(): void;
  /** Runs the work after `ms`, unless an earlier timer is set. */
  after(ms: number): void;
  /** Resolves when the current run has ended. No other run begins. */
  stop(): Promise<void>;
}

/**
 * @param work one run. `polled` is true if the interval has elapsed
 * @param onError receives an error of `work`, after which the poller continues
 */
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

  // A function, because the compiler does not see that other code changes the state during an `await`.
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
      // The poll comes earlier anyway and will set the timer itself.
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
