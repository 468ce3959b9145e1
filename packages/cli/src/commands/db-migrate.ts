import type { Context } from '../context.ts';
import { readTokenKey } from '../gateway-options.ts';
import { findLeftovers, type Leftover } from '../migrate/leftovers.ts';
import { migrate, migrationStatus } from '../migrate/migrate.ts';
import { withDatabase } from '../migrate/open-database.ts';
import type { FileStatus } from '../migrate/pending.ts';
import { readSchemaFiles } from '../migrate/schema-files.ts';
import { configuredUsers } from '../migrate/service-users.ts';
import { updateEngine } from '../migrate/update-engine.ts';
import { printable } from '../output/printable.ts';
import type { Project } from '../project.ts';

export async function runMigrate(project: Project, { result }: Context): Promise<void> {
  const users = configuredUsers(project);
  const tokenKey = readTokenKey(project.env);
  const files = await readSchemaFiles(project.config);
  const { applied, users: made } = await withDatabase(project, async (database) => {
    const report = await migrate(database, files, users);
    await updateEngine(database, project.config, tokenKey);
    return report;
  });
  const lines = [...applied.map((name) => `applied ${name}`), ...made.map((name) => `created the user ${name}`)];
  result({ event: 'migrate', applied, users: made }, lines.join('\n') || `up to date (${files.length} files)`);
}

/** Returns the exit code: 1 if an applied migration has changed or is missing. */
export async function runMigrateStatus(project: Project, { result, colors }: Context): Promise<number> {
  const files = await readSchemaFiles(project.config);
  const { statuses, leftOvers } = await withDatabase(project, async (database) => ({
    statuses: await migrationStatus(database, files),
    leftOvers: await findLeftovers(database, project.config, files),
  }));
  const paint = { applied: colors.green, pending: colors.yellow, changed: colors.red, missing: colors.red };
  const line = ({ name, state, appliedAt }: FileStatus) =>
    `${paint[state](state.padEnd(8))} ${printable(name)}${appliedAt === undefined ? '' : colors.dim(`  ${appliedAt.toISOString()}`)}`;
  const leftOver = ({ kind, name, remedy }: Leftover) =>
    `${colors.yellow('leftover')} ${kind} ${printable(name)}: no file defines it any more; to remove it, write ${printable(remedy)} into a new migration`;
  const lines = [...statuses.map(line), ...leftOvers.map(leftOver)];
  result({ event: 'status', files: statuses, leftOvers }, lines.join('\n'));
  return statuses.some(({ state }) => state === 'changed' || state === 'missing') ? 1 : 0;
}
