import type { ProcessContext } from '@spookify/supervisor';

const EVERY_MS = 1000;

/**
 * Reports readiness, and from then on that the process is alive; returns what stops that.
 *
 * With `ask`, a heartbeat is sent only when it resolves: for work that can be stuck while this event loop goes on. One
 * question is open at a time, so the watchdog's limit counts from the last answer.
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
      // An answer that is an error is no sign of health; the next question may get a better one.
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void beat(), EVERY_MS);
  return () => clearInterval(timer);
}
