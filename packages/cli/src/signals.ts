import { constants } from 'node:os';

/** Ctrl+C, a polite kill, and a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals closer together than this are one: a terminal signals the whole group, and npm passes its own on. */
const SAME_MS = 100;

/** Calls `first` at the first signal and `again` at every later one. Returns what detaches it. */
export function onStopSignals(handlers: {
  first(signal: NodeJS.Signals): void;
  again(signal: NodeJS.Signals): void;
}): () => void {
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      handlers.first(signal);
    } else if (now - firstAt > SAME_MS) {
      handlers.again(signal);
    }
  };
  for (const signal of STOP_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, listener);
  };
}

/** What a shell reports for a program that this signal ended: 130 for Ctrl+C, 143 for SIGTERM. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
