import type { ProcessContext } from '@spookify/supervisor';

const EVERY_MS = 1000;

/**
 * Reports readiness, then sends a heartbeat every second. Returns a function that stops the heartbeats.
 *
 * With `ask`, a heartbeat is sent only when `ask` resolves. This finds work that is stuck while the event loop still runs. Only one
 * call of `ask` is open at a time, so the watchdog's limit counts from the last answer.
 */
export function readyWithHeartbeat(process: ProcessContext, ask?: () => Promise<unknown>): () => void {
  process.ready();
  let asking = false;
  const beat = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      await ask?.();
      process.heartbeat();
    } catch {
      // An error is not a sign of life. The next call may succeed.
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void beat(), EVERY_MS);
  return () => clearInterval(timer);
}
