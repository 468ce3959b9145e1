import type { DatabaseOptions } from '../connection.ts';
import { startOwner } from './owner.ts';

/** Sent after each change. */
export interface OwnerReport {
  readonly runner: string | undefined;
  readonly numbers: readonly number[];
  readonly lost: readonly string[];
}

/** A runner in its own process that owns partitions and reports which. */
const { database, deadAfterMs, tables } = JSON.parse(process.argv[2] ?? '') as {
  readonly database: DatabaseOptions;
  readonly deadAfterMs: number;
  readonly tables: readonly string[];
};
const owner = await startOwner(database, { tables, timing: { deadAfterMs } });
let said = '';
setInterval(() => {
  const lost = owner.events.flatMap((event) => (event.kind === 'lost' ? [event.why] : []));
  const report: OwnerReport = { runner: owner.ownership.runner, numbers: owner.numbers(), lost };
  if (JSON.stringify(report) === said) return;
  said = JSON.stringify(report);
  process.send?.(report);
}, 10);
process.on('disconnect', () => process.exit());
