import { CliError } from '../errors.ts';
import type { SchemaFile } from './schema-files.ts';

/** The database's record of an applied file. */
export interface AppliedFile {
  readonly name: string;
  readonly kind: SchemaFile['kind'];
  readonly checksum: string;
  readonly applied_at: Date;
}

/**
 * - `applied`: the database is up to date with the file.
 * - `pending`: the file is not applied yet, or is a schema file that has changed since.
 * - `changed`: a migration that has changed since it was applied. An error, because the files no longer describe the database.
 * - `missing`: an applied migration without a file. An error, because a new database would become different.
 */
export interface FileStatus {
  readonly name: string;
  readonly kind: SchemaFile['kind'];
  readonly state: 'applied' | 'pending' | 'changed' | 'missing';
  readonly appliedAt?: Date;
}

/** Compares the files with the record of applied files. Pure. */
export function fileStatus(files: readonly SchemaFile[], applied: readonly AppliedFile[]): FileStatus[] {
  const records = new Map(applied.map((record) => [record.name, record]));
  const known = files.map(({ name, kind, checksum }): FileStatus => {
    const record = records.get(name);
    if (record === undefined) return { name, kind, state: 'pending' };
    const appliedAt = record.applied_at;
    if (record.checksum === checksum) return { name, kind, state: 'applied', appliedAt };
    return { name, kind, state: kind === 'schema' ? 'pending' : 'changed', appliedAt };
  });
  const names = new Set(files.map(({ name }) => name));
  const missing = applied
    .filter(({ name, kind }) => kind === 'migration' && !names.has(name))
    .map(({ name, kind, applied_at }): FileStatus => ({ name, kind, state: 'missing', appliedAt: applied_at }));
  return [...known, ...missing];
}

/** @throws CliError `SPOOKY_CLI_MIGRATION_CHANGED`, `SPOOKY_CLI_MIGRATION_MISSING` */
export function refuseRewrittenHistory(statuses: readonly FileStatus[]): void {
  for (const { name, state } of statuses) {
    if (state === 'changed') {
      throw new CliError(
        'SPOOKY_CLI_MIGRATION_CHANGED',
        `${name} has changed since it was applied; undo the change, and write it as a new migration.`,
      );
    }
    if (state === 'missing') {
      throw new CliError(
        'SPOOKY_CLI_MIGRATION_MISSING',
        `${name} was applied, but its file is missing; restore it. To undo its effects, write a new migration.`,
      );
    }
  }
}
