import type { ProcessContext } from '@spookify/supervisor';

const EVERY_MS = 1000;

/** Reports readiness, and from then on that it is alive; returns what stops it. */
export function readyWithHeartbeat(process: ProcessContext): () => void {
  process.ready();
  const timer = setInterval(() => process.heartbeat(), EVERY_MS);
  return () => clearInterval(timer);
}
