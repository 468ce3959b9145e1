import type { SpookyConfig } from '@spookify/config';
import type { EmbeddedEngine } from '@spookify/embedded-surreal';
import { tryOutboxGuards } from './outbox-guards.ts';
import { checkOutboxTable, type OutboxFault } from './outbox-table.ts';
import type { TableStructure } from './structure.ts';

export interface OutboxFaults {
  /** Missing or wrong fields and indexes that the runner needs. */
  readonly structure: readonly OutboxFault[];
  /** Guards that do not work. They are tried only if the structure of the table has no fault. */
  readonly guards: readonly OutboxFault[];
}

/**
 * Checks the job table of every backend. Trying the guards replaces the user table, so the engine must not be used afterwards.
 *
 * @param engine an engine in memory with the schema applied
 */
export async function checkOutboxes(
  engine: EmbeddedEngine,
  config: SpookyConfig,
  tables: readonly TableStructure[],
  triesGuards: boolean,
): Promise<Map<string, OutboxFaults>> {
  const outboxes = new Map<string, OutboxFaults>();
  for (const { method } of Object.values(config.backends)) {
    const table = tables.find(({ name }) => name === method.table);
    if (table === undefined) continue;
    const structure = checkOutboxTable(table);
    outboxes.set(table.name, {
      structure,
      guards: triesGuards && structure.length === 0 ? await tryOutboxGuards(engine, table) : [],
    });
  }
  return outboxes;
}
