import type { SpookyConfig } from '@spookify/config';
import { OWN_PREFIX } from '@spookify/gateway/install';
import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';
import { hasDefinition } from '../generate/definition-place.ts';
import { readSchema } from '../generate/schema.ts';
import { readStructure, type TableStructure } from '../generate/structure.ts';
import type { SchemaFile } from './schema-files.ts';

/** A definition of an earlier schema that is still in the database. Removing it from a file does not remove it there. */
export interface Leftover {
  readonly kind: 'table' | 'field' | 'index';
  /** `table`, `table.field`, or `table.index`. */
  readonly name: string;
  /**
   * The statement that removes it, for use in a migration. It works in a new database too, which never had the definition. It also
   * deletes the data.
   */
  readonly remedy: string;
}

/** The table in which `migrate` records the applied files. */
const RECORD_TABLE = 'migration';

/**
 * Finds what a database defines and the schema files do not. Ignores the tables of the engine, and what migrations define.
 *
 * @param files the schema files, including migrations
 * @throws ConfigError if the schema cannot be applied to an empty engine
 */
export async function findLeftovers(
  database: Queries,
  config: SpookyConfig,
  files: readonly SchemaFile[],
): Promise<Leftover[]> {
  const schema = await readSchema(config, { outboxes: 'none' });
  const wanted = new Map(schema.tables.map((table) => [table.name, table]));
  const { tables } = await readStructure((text) => database.queryAll<unknown[]>(text));
  const migrations = files.filter(({ kind }) => kind === 'migration').map(({ text }) => text);
  const isOfMigration = ({ kind, table, member }: Found) =>
    kind !== 'index' && migrations.some((text) => hasDefinition(text, table, member));
  return tables
    .filter(({ name }) => !name.startsWith(OWN_PREFIX) && name !== RECORD_TABLE)
    .flatMap((table) => leftoversOf(table, wanted.get(table.name)))
    .filter((found) => !isOfMigration(found))
    .map((found) => ({
      kind: found.kind,
      name: found.member === undefined ? found.table : `${found.table}.${found.member}`,
      remedy: remedyOf(found),
    }));
}

interface Found {
  readonly kind: Leftover['kind'];
  readonly table: string;
  readonly member?: string;
}

function leftoversOf({ name: table, fields, indexes }: TableStructure, wanted: TableStructure | undefined): Found[] {
  if (wanted === undefined) return [{ kind: 'table', table }];
  const missing = (kind: Found['kind'], here: readonly { name: string }[], there: readonly { name: string }[]) =>
    here
      .filter(({ name }) => !there.some((one) => one.name === name))
      .map(({ name: member }): Found => ({ kind, table, member }));
  return [...missing('field', fields, wanted.fields), ...missing('index', indexes, wanted.indexes)];
}

function remedyOf({ kind, table, member = '' }: Found): string {
  const on = escapeIdent(table);
  switch (kind) {
    case 'table':
      return `REMOVE TABLE IF EXISTS ${on}`;
    case 'field':
      // The name comes from INFO, which quotes nested names correctly.
      return `REMOVE FIELD IF EXISTS ${member} ON ${on}`;
    case 'index':
      return `REMOVE INDEX IF EXISTS ${escapeIdent(member)} ON ${on}`;
  }
}
