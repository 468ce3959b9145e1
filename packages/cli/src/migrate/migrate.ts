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
  const applied: string[] = [];
  const waiting: string[] = [];
  const statuses = fileStatus(files, await readRecord(database));
  refuseRewrittenHistory(statuses);
  for (const file of files) {
    if (statuses.find(({ name }) => name === file.name)?.state !== 'pending') continue;
    if (schemaOnly && file.kind === 'migration') {
      waiting.push(file.name);
      continue;
    }
    try {
      await applyFile(database, file);
      applied.push(file.name);
    } catch (error) {
      // Somebody else may have applied the same file a moment ago.
      const [now] = fileStatus([file], await readRecord(database));
      if (now?.state !== 'applied') throw error;
    }
  }
  return { applied, users: await ensureUsers(database, users), waiting };
}

/** The state of each file, without changing anything. */
export async function migrationStatus(database: Queries, files: readonly SchemaFile[]): Promise<FileStatus[]> {
  const [info] = await database.queryAll<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
  const recorded = info.tables.some(({ name }) => name === 'migration') ? await readRecord(database) : [];
  return fileStatus(files, recorded);
}
