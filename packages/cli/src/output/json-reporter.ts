import type { Reporter } from './reporter.ts';

/** One JSON object a line: `process`, `log`, `note`, `error`, `ready` and `stopped` events. */
export function createJsonReporter(write: (line: string) => void): Reporter {
  const emit = (event: Record<string, unknown>) => write(JSON.stringify(event));
  return {
    process({ kind, state, pid, restarts, restartInMs, gaveUp, error, exit }) {
      const { exitCode, signal, forced } = exit ?? {};
      emit({
        event: 'process',
        name: kind,
        state,
        pid,
        restarts,
        exitCode,
        signal,
        forced,
        restartInMs,
        gaveUp,
        error,
      });
    },
    log: (name, stream, line) => emit({ event: 'log', name, stream, line }),
    note: (level, message) => emit({ event: 'note', level, message }),
    failure: ({ code, message }) => emit({ event: 'error', code, message }),
    ready: ({ urls, elapsedMs, data, writer }) => emit({ event: 'ready', urls, elapsedMs, data, writer }),
    stopped: () => emit({ event: 'stopped' }),
  };
}
