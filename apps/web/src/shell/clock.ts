import { type Accessor, createSignal, onCleanup } from 'solid-js';

/**
 * The current time in milliseconds, which moves on every `everyMs` for as long as its owner lives.
 *
 * A hidden tab's timers are slowed by the browser; it catches up as soon as it is seen again.
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
