import { setTimeout as delay } from 'node:timers/promises';
import type { Surreal } from 'surrealdb';
import { isConflict } from '../connection.ts';
import { CliError } from '../errors.ts';
import type { AppliedFile } from './pending.ts';
import type { SchemaFile } from './schema-files.ts';

/** Read by nobody but the owner. */
const DEFINE_RECORD = `BEGIN;
  DEFINE TABLE IF NOT EXISTS migration TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'What spooky db migrate has applied.';
  DEFINE FIELD IF NOT EXISTS name ON migration TYPE string READONLY;
  DEFINE FIELD IF NOT EXISTS kind ON migration TYPE 'schema' | 'migration' READONLY;
  DEFINE FIELD IF NOT EXISTS checksum ON migration TYPE string;
  DEFINE FIELD IF NOT EXISTS applied_at ON migration TYPE datetime VALUE time::now();
COMMIT;`;

const READ_RECORD = 'SELECT name, kind, checksum, applied_at FROM migration ORDER BY name';

/** Before the file, on its first line, so that the line numbers of the engine's errors are those of the file. */
const BEGIN = 'BEGIN;';

/** After the file. A migration may be recorded once only: of two that run at the same time, one fails as a whole. */
const END = {
  schema: `
;UPSERT type::record('migration', $spooky_name) SET name = $spooky_name, kind = 'schema', checksum = $spooky_checksum;
COMMIT;`,
  migration: `
;CREATE type::record('migration', $spooky_name) SET name = $spooky_name, kind = 'migration', checksum = $spooky_checksum;
COMMIT;`,
};

/** What every statement of a failed transaction says, but for the one that is to blame. */
const CONSEQUENCE = /not executed due to a (failed|cancelled) transaction|transaction was (cancelled|aborted)/i;
/** Two that define things at the same moment conflict; the engine asks to try again. */
const CONFLICT_TRIES = 20;

export async function defineRecord(database: Surreal): Promise<void> {
  const failure = await runTransaction(database, DEFINE_RECORD, {});
  if (failure !== undefined) throw failure;
}

export async function readRecord(database: Surreal): Promise<AppliedFile[]> {
  const [rows] =
    await database.query<[(Omit<AppliedFile, 'applied_at'> & { applied_at: { toDate(): Date } })[]]>(READ_RECORD);
  return rows.map((row) => ({ ...row, applied_at: row.applied_at.toDate() }));
}

/**
 * Runs a file and records it, in one transaction: all of it or nothing.
 *
 * @throws CliError `SPOOKY_CLI_MIGRATION_FAILED` with the place in the file, if the engine tells
 */
export async function applyFile(database: Surreal, file: SchemaFile): Promise<void> {
  const statements = `${BEGIN}${file.text}${END[file.kind]}`;
  const parameters = { spooky_name: file.name, spooky_checksum: file.checksum };
  const failure = await runTransaction(database, statements, parameters);
  if (failure !== undefined) throw describe(file, failure);
}

/** Runs a transaction, again after a conflict. Gives the error that made it fail, if it did. */
async function runTransaction(
  database: Surreal,
  statements: string,
  parameters: Record<string, unknown>,
): Promise<Error | undefined> {
  for (let tries = 1; ; tries += 1) {
    const failure = await attempt(database, statements, parameters);
    if (failure === undefined || !isConflict(failure) || tries === CONFLICT_TRIES) return failure;
    await delay(Math.min(tries * 10, 200) * Math.random());
  }
}

async function attempt(
  database: Surreal,
  statements: string,
  parameters: Record<string, unknown>,
): Promise<Error | undefined> {
  try {
    const responses = await database.query(statements, parameters).responses();
    const errors = responses.flatMap((response) => (response.success ? [] : [response.error]));
    return errors.find(({ message }) => !CONSEQUENCE.test(message)) ?? errors[0];
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function describe(file: SchemaFile, cause: Error): CliError {
  const [, line, column] = /-->\s*\[(\d+):(\d+)\]/.exec(cause.message) ?? [];
  const place = line === undefined ? '' : `:${line}:${Number(column) - (line === '1' ? BEGIN.length : 0)}`;
  const reason = cause.message.replace(/\s*-->\s*\[[\s\S]*$/, '').trim();
  return new CliError(
    'SPOOKY_CLI_MIGRATION_FAILED',
    `${file.path}${place}: ${reason}; nothing of this file was applied. Mend it and run spooky db migrate again.`,
    { cause },
  );
}
