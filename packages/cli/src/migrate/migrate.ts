import type { Queries } from '@spookify/surreal-link';
import { applyFile, defineRecord, readRecord } from './apply.ts';
import { type FileStatus, fileStatus, refuseRewrittenHistory } from './pending.ts';
import type { SchemaFile } from './schema-files.ts';
import { ensureUsers, type ServiceUser } from './users.ts';

export interface MigrationReport {
  /** The names of the files that this run applied, in order. */
  readonly applied: readonly string[];
  /** The names of the service users that were created or changed. */
  readonly users: readonly string[];
  /** The names of the pending migrations that `schemaOnly` did not apply, in order. */
  readonly waiting: readonly string[];
}

export interface MigrateOptions {
  /** Do not apply pending migrations, because they may still be incomplete. Default: false. */
  readonly schemaOnly?: boolean;
}

/**
 * Applies the schema files and migrations of a project. Running it again changes nothing, and concurrent runs are safe.
 *
 * A migration may change definitions to move data. It then sets the checksums of the schema files in the table `migration` to ''.
 * These files are applied again after the migration, by this run or, if it is interrupted, by the next one.
 *
 * @param database connected as an owner, with namespace and database selected
 * @throws CliError `SPOOKY_CLI_MIGRATION_FAILED` if a file fails (nothing of it is applied then), `SPOOKY_CLI_MIGRATION_CHANGED` or
 *   `SPOOKY_CLI_MIGRATION_MISSING` if an applied migration has changed or is missing
 */
export async function migrate(
  database: Queries,
  files: readonly SchemaFile[],
  users: readonly ServiceUser[],
  { schemaOnly = false }: MigrateOptions = {},
): Promise<MigrationReport> {
  await defineRecord(database);
  refuseRewrittenHistory(fileStatus(files, await readRecord(database)));
  const migrations = files.filter(({ kind }) => kind === 'migration');
  const schema = files.filter(({ kind }) => kind === 'schema');
  const applied = [
    ...(await applyPending(database, schema)),
    ...(schemaOnly ? [] : await applyPending(database, migrations)),
    ...(await applyPending(database, schema)),
  ];
  const waiting = schemaOnly ? await pendingOf(database, migrations) : [];
  return {
    applied: [...new Set(applied)],
    users: await ensureUsers(database, users),
    waiting: waiting.map(({ name }) => name),
  };
}

/** @returns the names of the files that were applied */
async function applyPending(database: Queries, files: readonly SchemaFile[]): Promise<string[]> {
  const applied: string[] = [];
  for (const file of await pendingOf(database, files)) {
    try {
      await applyFile(database, file);
      applied.push(file.name);
    } catch (error) {
      // A concurrent run may have applied the same file.
      if ((await pendingOf(database, [file])).length > 0) throw error;
    }
  }
  return applied;
}

async function pendingOf(database: Queries, files: readonly SchemaFile[]): Promise<SchemaFile[]> {
  const statuses = fileStatus(files, await readRecord(database));
  return files.filter((file) => statuses.some(({ name, state }) => name === file.name && state === 'pending'));
}

/** Reads the state of each file. Changes nothing. */
export async function migrationStatus(database: Queries, files: readonly SchemaFile[]): Promise<FileStatus[]> {
  const [info] = await database.queryAll<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
  const recorded = info.tables.some(({ name }) => name === 'migration') ? await readRecord(database) : [];
  return fileStatus(files, recorded);
}
