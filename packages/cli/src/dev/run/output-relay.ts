import type { OutputEvent } from '@spookify/supervisor';
import type { Reporter } from '../../output/reporter.ts';
import { displayName } from '../plan/plan.ts';

/**
 * Prints the output of the processes. While the reader of standard output is far behind, such as a pager at its first page, lines of
 * processes are dropped and counted: to wait would block the database, and to keep all would fill the memory.
 */
export function createOutputRelay(
  reporter: Pick<Reporter, 'log' | 'note'>,
  isBehind: () => boolean,
): { see(event: OutputEvent): void; close(): void } {
  let dropped = 0;
  const report = () => {
    if (dropped === 0) return;
    const lines = dropped === 1 ? 'one line' : `${dropped} lines`;
    reporter.note('warn', `dropped ${lines} of output, because the reader of standard output is too slow`);
    dropped = 0;
  };
  return {
    see({ kind, stream, line, partial, continues }) {
      if (isBehind()) {
        dropped += 1;
        return;
      }
      report();
      reporter.log(displayName(kind), { stream, line, ...(partial && { partial }), ...(continues && { continues }) });
    },
    close: report,
  };
}
