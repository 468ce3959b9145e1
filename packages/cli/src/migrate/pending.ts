import { CliError } from '../errors.ts';
import type { SchemaFile } from './schema-files.ts';

/** What the database says about a file that was applied to it. */
export interface AppliedFile {
  readonly name: string;
  readonly kind: SchemaFile['kind'];
  readonly checksum: string;
  readonly applied_at: Date;
}

/**
 * - `applied`: nothing to do.
 * - `pending`: not applied yet; of a schema file, also: it has changed since.
 * - `changed`: a migration that is no longer what was applied. An error: nobody can tell what the database holds.
 * - `missing`: an applied migration whose file is gone. An error, for the next database would come out different.
 */
export interface FileStatus {
  readonly name: string;
  readonly kind: SchemaFile['kind'];
  readonly state: 'applied' | 'pending' | 'changed' | 'missing';
  readonly appliedAt?: Date;
}

/** Compares the files with the record. Pure. */
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

/** @throws CliError when a migration that was applied is not what it was */
export function refuseRewrittenHistory(statuses: readonly FileStatus[]): void {
  for (const { name, state } of statuses) {
    if (state === 'changed') {
      throw new CliError(
        'SPOOKY_CLI_MIGRATION_CHANGED',
        `${name} has changed since it was applied; take the change back, and put it into a new migration.`,
      );
    }
    if (state === 'missing') {
      throw new CliError(
        'SPOOKY_CLI_MIGRATION_MISSING',
        `${name} was applied, but its file is gone; bring it back. To undo what it did, write a new migration.`,
      );
    }
  }
}
