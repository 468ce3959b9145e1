import { type Accessor, createSignal, onCleanup } from 'solid-js';

/**
 * The current time in milliseconds, updated every `everyMs` as long as its owner exists.
 *
 * The browser slows down the timers of a hidden tab; the time is updated as soon as the tab is visible again.
 */
export function useNow(everyMs: number): Accessor<number> {
  const [now, setNow] = createSignal(Date.now());
  const tick = () => setNow(Date.now());
  const timer = setInterval(tick, everyMs);
  document.addEventListener('visibilitychange', tick);
  onCleanup(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  });
  return now;
}
