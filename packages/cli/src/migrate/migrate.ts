import type { Queries } from '@spookify/surreal-link';
import { applyFile, defineRecord, readRecord } from './apply.ts';
import { type FileStatus, fileStatus, refuseRewrittenHistory } from './pending.ts';
import type { SchemaFile } from './schema-files.ts';
import { ensureUsers, type ServiceUser } from './users.ts';

export interface MigrationReport {
  /** The names of the files that were applied now, in order. */
  readonly applied: readonly string[];
  /** The names of the service users that were made or changed. */
  readonly users: readonly string[];
  /** The names of the migrations that `schemaOnly` has left alone, in order. */
  readonly waiting: readonly string[];
}

export interface MigrateOptions {
  /** Leave migrations that were not applied yet alone: somebody may still be writing them. Default: false. */
  readonly schemaOnly?: boolean;
}

/**
 * Brings a database to what the project's files say. Running it again changes nothing; running it twice at once is safe.
 *
 * A migration that changes definitions to move data sets the checksums of the schema files in the table `migration` to '', in
 * its own transaction: then these files are applied again, now, or by the next run if this one is interrupted.
 *
 * @param database connected as an owner, with namespace and database chosen
 * @throws CliError when a file fails (it then left nothing behind), or an applied migration changed or vanished
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
      // Another run may have applied the same file a moment ago.
      if ((await pendingOf(database, [file])).length > 0) throw error;
    }
  }
  return applied;
}

async function pendingOf(database: Queries, files: readonly SchemaFile[]): Promise<SchemaFile[]> {
  const statuses = fileStatus(files, await readRecord(database));
  return files.filter((file) => statuses.some(({ name, state }) => name === file.name && state === 'pending'));
}

/** The state of each file, without changing anything. */
export async function migrationStatus(database: Queries, files: readonly SchemaFile[]): Promise<FileStatus[]> {
  const [info] = await database.queryAll<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
  const recorded = info.tables.some(({ name }) => name === 'migration') ? await readRecord(database) : [];
  return fileStatus(files, recorded);
}
