import { readFile } from 'node:fs/promises';
import { ConfigError, type ConfigIssue, type LoadOptions, type SpookyConfig } from '@spookify/config';
import { loadWithoutTokens } from '../load-without-tokens.ts';
import { schemaFiles } from '../migrate/schema-files.ts';
import { checkOutboxTable } from './outbox-table.ts';
import { readSchema } from './schema.ts';
import { checkTable } from './schema-rules.ts';
import type { TableStructure } from './structure.ts';

export type CheckResult =
  | { readonly ok: true; readonly config: SpookyConfig }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/**
 * Checks sp00ky.yml, the specs, the schema and the job tables, as `spooky check` does. Secrets that nobody has set yet
 * are no fault: the first `spooky dev` makes them up.
 *
 * @param file the config; by default the nearest sp00ky.yml
 */
export async function runCheck(file?: string, options: Omit<LoadOptions, 'file'> = {}): Promise<CheckResult> {
  try {
    const config = await loadWithoutTokens({ ...options, ...(file !== undefined && { file }) });
    const issues = await tableIssues(config, await readSchema(config));
    return issues.length === 0 ? { ok: true, config } : { ok: false, issues };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, issues: error.issues };
    throw error;
  }
}

/** What is wrong with tables that the engine accepts: rules of the schema that are broken, and faults of the job tables. */
export async function tableIssues(config: SpookyConfig, tables: readonly TableStructure[]): Promise<ConfigIssue[]> {
  return [...(await schemaIssues(config, tables)), ...(await outboxIssues(config, tables))];
}

async function schemaIssues(config: SpookyConfig, tables: readonly TableStructure[]): Promise<ConfigIssue[]> {
  const faults = tables.flatMap((table) =>
    checkTable(table).map((fault) => ({ ...fault, path: `${table.name}.${fault.field}`, table: table.name })),
  );
  if (faults.length === 0) return [];
  const files = await Promise.all(
    schemaFiles(config).map(async (file) => ({ file, text: await readFile(file, 'utf8') })),
  );
  return faults.map(({ table, field, path, message }) => {
    const found = files.find(({ text }) => fieldDefinition(table, field).test(text)) ?? files[0];
    if (found === undefined) throw new TypeError('A project has at least one schema file.');
    const place = placeOf(found.text, table, field);
    return { code: 'SPOOKY_CONFIG_UNSAFE_FIELD', file: found.file, ...place, path, message };
  });
}

/** What the job tables lack of what the runner relies on. */
async function outboxIssues(config: SpookyConfig, tables: readonly TableStructure[]): Promise<ConfigIssue[]> {
  const issues: ConfigIssue[] = [];
  for (const { method } of Object.values(config.backends)) {
    const at = { code: 'SPOOKY_CONFIG_BAD_JOB_TABLE', file: method.schema } as const;
    const table = tables.find(({ name }) => name === method.table);
    if (table === undefined) {
      const message = `the table is defined nowhere; write DEFINE TABLE ${method.table} here, or correct method.table`;
      issues.push({ ...at, line: 1, column: 1, path: method.table, message });
      continue;
    }
    const text = await readFile(method.schema, 'utf8');
    for (const { field, message } of checkOutboxTable(table)) {
      issues.push({ ...at, ...placeOf(text, method.table, field), path: `${method.table}.${field}`, message });
    }
  }
  return issues;
}

/** Where the file defines the field, or, if it does not, the table. */
function placeOf(text: string, table: string, field: string): { line: number; column: number } {
  const definition =
    fieldDefinition(table, field).exec(text) ?? new RegExp(`DEFINE\\s+TABLE\\s+${FLAGS}\`?${table}\\b`, 'i').exec(text);
  const before = text.slice(0, definition?.index ?? 0).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const FLAGS = '(?:OVERWRITE\\s+|IF\\s+NOT\\s+EXISTS\\s+)?';

function fieldDefinition(table: string, field: string): RegExp {
  const name = field.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`DEFINE\\s+FIELD\\s+${FLAGS}\`?${name}\`?\\s+ON\\s+(?:TABLE\\s+)?\`?${table}\\b`, 'i');
}
