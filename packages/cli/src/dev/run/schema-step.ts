/** The step between the start of the database and everything else: schema, users, the engine's tables, generated types. */
import { ConfigError } from '@spookify/config';
import { readTokenKey } from '../../gateway-options.ts';
import { writeTypes } from '../../generate/generate.ts';
import { readSchema } from '../../generate/schema.ts';
import { schemaIssues } from '../../generate/schema-issues.ts';
import { type MigrateOptions, type MigrationReport, migrate } from '../../migrate/migrate.ts';
import { withDatabase } from '../../migrate/open-database.ts';
import { readSchemaFiles, type SchemaFile } from '../../migrate/schema-files.ts';
import { configuredUsers } from '../../migrate/service-users.ts';
import { updateEngine } from '../../migrate/update-engine.ts';
import { displayPath } from '../display-path.ts';
import type { Stack } from './stack.ts';

/** Applies the changes of the schema since the last start, and reports them. */
export async function applySchema(stack: Stack): Promise<void> {
  const { reporter, project } = stack;
  const { applied, users } = await migrateStack(stack, await readSchemaFiles(project.config));
  if (applied.length > 0) reporter.note('info', `schema: applied ${applied.join(', ')}`);
  if (users.length > 0) reporter.note('info', `schema: created the database users ${users.join(', ')}`);
}

/** Applies the changes of the schema, without reporting them. */
export function migrateStack(
  { project, placement }: Stack,
  files: readonly SchemaFile[],
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const env = { ...project.env, SPOOKY_DATABASE_URL: placement.database };
  return withDatabase({ ...project, env }, async (database) => {
    const report = await migrate(database, files, configuredUsers(project), options);
    await updateEngine(database, project.config, readTokenKey(project.env));
    return report;
  });
}

/** Checks the schema in an empty engine, except for the guards of job tables, and writes types that are out of date. */
export async function refreshTypes({
  project: { config },
  reporter,
}: Pick<Stack, 'project' | 'reporter'>): Promise<void> {
  for (const file of await checkAndWriteTypes({ config })) {
    reporter.note('warn', `types: regenerated ${file}, which was out of date`);
  }
}

/**
 * Checks the schema, and writes types that are out of date. Ignores warnings: some are about deliberate choices, and would be
 * repeated at every start. `spooky check` prints them.
 *
 * @returns the files that were written
 * @throws ConfigError with the faults of the schema and the job tables; nothing is written then
 */
export async function checkAndWriteTypes({ config }: Pick<Stack['project'], 'config'>): Promise<string[]> {
  // Trying the guards takes up to a second, so only `spooky check` does it.
  const schema = await readSchema(config, { outboxes: 'structure' });
  const { errors } = await schemaIssues(config, schema);
  if (errors.length > 0) throw new ConfigError(errors, process.cwd());
  const files = await writeTypes(config, schema.tables);
  return files.filter(({ state }) => state === 'written').map(({ file }) => displayPath(file));
}
