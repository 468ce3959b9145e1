import { LinkError, type Queries } from '@spookify/surreal-link';
import { CliError } from '../errors.ts';
import type { AppliedFile } from './pending.ts';
import type { SchemaFile } from './schema-files.ts';

/** The record of applied files. Only the owner can read it. */
const DEFINE_RECORD = `BEGIN;
  DEFINE TABLE IF NOT EXISTS migration TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'What spooky db migrate has applied.';
  DEFINE FIELD IF NOT EXISTS name ON migration TYPE string READONLY;
  DEFINE FIELD IF NOT EXISTS kind ON migration TYPE 'schema' | 'migration' READONLY;
  DEFINE FIELD IF NOT EXISTS checksum ON migration TYPE string;
  DEFINE FIELD IF NOT EXISTS applied_at ON migration TYPE datetime VALUE time::now();
COMMIT;`;

const READ_RECORD = 'SELECT name, kind, checksum, applied_at FROM migration ORDER BY name';

/** Comes before the file's text, on its first line, so that the line numbers in errors of the engine are those of the file. */
const BEGIN = 'BEGIN;';

/** Comes after the file's text. A migration is recorded with CREATE, so the second of two concurrent runs fails completely. */
const END = {
  schema: `
;UPSERT type::record('migration', $spooky_name) SET name = $spooky_name, kind = 'schema', checksum = $spooky_checksum;
COMMIT;`,
  migration: `
;CREATE type::record('migration', $spooky_name) SET name = $spooky_name, kind = 'migration', checksum = $spooky_checksum;
COMMIT;`,
};

export async function defineRecord(database: Queries): Promise<void> {
  await database.queryAll(DEFINE_RECORD);
}

export async function readRecord(database: Queries): Promise<AppliedFile[]> {
  const [rows] =
    await database.queryAll<[(Omit<AppliedFile, 'applied_at'> & { applied_at: { toDate(): Date } })[]]>(READ_RECORD);
  return rows.map((row) => ({ ...row, applied_at: row.applied_at.toDate() }));
}

/**
 * Runs a file and records it, in one transaction.
 *
 * @throws CliError `SPOOKY_CLI_MIGRATION_FAILED`, with the place in the file if the engine reports it; nothing was applied then
 */
export async function applyFile(database: Queries, file: SchemaFile): Promise<void> {
  const statements = `${BEGIN}${file.text}${END[file.kind]}`;
  const parameters = { spooky_name: file.name, spooky_checksum: file.checksum };
  try {
    await database.queryAll(statements, parameters);
  } catch (error) {
    const isAway = error instanceof LinkError && error.code !== 'SPOOKY_LINK_CONFLICT';
    throw isAway ? error : describe(file, error instanceof Error ? error : new Error(String(error)));
  }
}

function describe(file: SchemaFile, cause: Error): CliError {
  const [, line, column] = /-->\s*\[(\d+):(\d+)\]/.exec(cause.message) ?? [];
  const place = line === undefined ? '' : `:${line}:${Number(column) - (line === '1' ? BEGIN.length : 0)}`;
  const reason = cause.message.replace(/\s*-->\s*\[[\s\S]*$/, '').trim();
  return new CliError(
    'SPOOKY_CLI_MIGRATION_FAILED',
    `${file.path}${place}: ${reason}; nothing of this file was applied. Correct it and run spooky db migrate again.`,
    { cause },
  );
}
