import type { LogEntry } from '@spookify/client/devtools';
import { counted } from './counted.ts';

/** Returns an event of the log as one line. */
export function logLine(entry: LogEntry): string {
  switch (entry.kind) {
    case 'sent':
      return `▲ ${entry.type} ${entry.about} (${entry.bytes} B)`;
    case 'received':
      return `▼ ${entry.type} ${entry.about} (${entry.bytes} B)`;
    case 'round':
      return `round ${entry.round} has data for ${counted(entry.queries, 'query', 'queries')}`;
    case 'shown':
      return `${counted(entry.queries, 'query', 'queries')} updated`;
    case 'state':
      return `${entry.of}${entry.query === undefined ? '' : ` ${entry.query}`} → ${entry.to}`;
    case 'write':
      return `${entry.write} ${entry.record} → ${entry.to}${entry.code === undefined ? '' : ` ${entry.code}`}`;
  }
}
