import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Ctrl+C, a plain `kill`, and a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals that arrive within this time count as one. After Ctrl+C, a process under npm gets two: one from the terminal, which
 * signals the whole process group, and one that npm forwards.
 */
const SAME_MS = 100;

/** The interval of the check whether npm and its shell are still running. */
const PARENT_MS = 250;

const SHELL = /^(a|ba|da|k|z)?sh$|^busybox$/;

/** Calls `first` at the first stop signal and `again` at every later one. Returns a function that removes the listeners. */
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
  const stopWatching = onNpmExit(() => {
    if (firstAt === undefined) listener('SIGTERM');
  });
  return () => {
    stopWatching();
    for (const signal of STOP_SIGNALS) process.off(signal, listener);
  };
}

/**
 * Calls the listener when npm or its shell ends before this program. npm forwards SIGTERM only to its shell, and the shell ends
 * without forwarding it. SIGHUP and SIGKILL end npm without forwarding anything. Without this check, ending `npm run dev` from
 * outside its terminal would leave the whole stack running. On systems other than Linux, only the shell is checked.
 */
function onNpmExit(listener: () => void): () => void {
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

/** The parent of the process with this id, if that process is a shell. Undefined otherwise, and on systems without /proc. */
function startedByShell(pid: number): number | undefined {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return SHELL.test(name ?? '') ? Number(parent) : undefined;
  } catch {
    return undefined;
  }
}

/** The exit code by which shells report that this signal ended a program: 130 for Ctrl+C, 143 for SIGTERM. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
