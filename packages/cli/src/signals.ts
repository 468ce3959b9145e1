import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Ctrl+C, a polite kill, and a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals closer together than this are one: a terminal signals the whole group, and npm passes its own on. */
const SAME_MS = 100;

/** How often it is asked whether npm and its shell are still there. */
const PARENT_MS = 250;

const SHELL = /^(a|ba|da|k|z)?sh$|^busybox$/;

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
  const stopWatching = onNpmGone(() => {
    if (firstAt === undefined) listener('SIGTERM');
  });
  return () => {
    stopWatching();
    for (const signal of STOP_SIGNALS) process.off(signal, listener);
  };
}

/**
 * Calls the listener when npm or its shell has ended before this program. npm passes a SIGTERM on to that shell, which dies
 * of it and tells nobody; of a SIGHUP or a SIGKILL it dies without a word. `npm run dev`, ended by anything but a
 * terminal, would leave the whole stack behind. Beyond Linux only the shell is looked after.
 */
function onNpmGone(listener: () => void): () => void {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const shell = process.ppid;
  const npm = startedByShell(shell);
  const timer = setInterval(() => {
    if (process.ppid === shell && startedByShell(shell) === npm) return;
    clearInterval(timer);
    listener();
  }, PARENT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The process that started this shell; undefined when it is no shell, or nobody can tell. */
function startedByShell(pid: number): number | undefined {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return SHELL.test(name ?? '') ? Number(parent) : undefined;
  } catch {
    return undefined;
  }
}

/** What a shell reports for a program that this signal ended: 130 for Ctrl+C, 143 for SIGTERM. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
