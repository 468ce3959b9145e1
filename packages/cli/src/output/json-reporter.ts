import { printableJson } from './printable.ts';
import type { Reporter } from './reporter.ts';

/** The reporter for `--json`. It writes one JSON object a line: `process`, `log`, `note`, `error`, `reload`, `ready` and `stopped`. */
export function createJsonReporter(write: (line: string) => void): Reporter {
  const emit = (event: Record<string, unknown>) => write(printableJson(event));
  return {
    process({ kind, state, pid, restarts, restartInMs, gaveUp, error, errorDetail, exit, exitReason }) {
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
        errorDetail,
        exitReason,
      });
    },
    log: (name, { stream, line, partial, continues }) => emit({ event: 'log', name, stream, line, partial, continues }),
    note: (level, message) => emit({ event: 'note', level, message }),
    failure: ({ code, message }) => emit({ event: 'error', code, message }),
    reloaded: (reload) => emit({ event: 'reload', ok: true, ...reload }),
    refused: (files, { code, message }) => emit({ event: 'reload', ok: false, files, code, message }),
    ready: ({ urls, elapsedMs, data, writer }) => emit({ event: 'ready', urls, elapsedMs, data, writer }),
    stopped: () => emit({ event: 'stopped' }),
  };
}
