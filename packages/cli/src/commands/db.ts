import { type Command, Option } from 'commander';
import { contextOf, projectOptions } from '../context.ts';

export function addDbCommand(program: Command, exit: (code: number) => void): void {
  const db = program
    .command('db')
    .summary('the database: start, version, migrate')
    .description('Works on the database.');

  db.command('start')
    .summary('run the embedded database alone')
    .description('Serves the embedded database over SurrealDB’s own protocol, until Ctrl+C.')
    .argument('<storage>', 'memory, or rocksdb:PATH for a folder')
    .addOption(new Option('--bind <host:port>', 'where to listen').env('SURREAL_BIND').default('127.0.0.1:3666'))
    .addOption(new Option('--user <name>', 'the owner, made or updated at the start').env('SURREAL_USER'))
    .addOption(new Option('--pass <password>', 'their password; better given as the variable').env('SURREAL_PASS'))
    .addHelpText('after', '\nExample:\n  $ SURREAL_PASS=… spooky db start rocksdb:.data/spookify --user root')
    .action(async (storage: string, options: { bind: string; user?: string; pass?: string }, command: Command) => {
      const { runDbStart } = await import('./db-start.ts');
      const { bind, user, pass } = options;
      exit(await runDbStart({ storage, bind, user, pass, logger: contextOf(command).logger() }));
    });

  db.command('version')
    .summary('the version of the embedded database')
    .description('Prints the version of the embedded engine.')
    .addHelpText('after', '\nExample:\n  $ spooky db version')
    .action(async (_options: unknown, command: Command) => {
      const { startServer } = await import('@spookify/embedded-surreal');
      const server = await startServer({ storage: { type: 'memory' } });
      const { version } = server;
      await server.close();
      contextOf(command).result({ event: 'version', version }, version);
    });

  db.command('migrate')
    .summary('apply schema and migrations, make the service users')
    .description(
      'Applies schema.surql, the outbox schemas and migrations/*.surql to the configured database, each file as a whole\n' +
        'or not at all, and makes the database users of the runner and the backends. Running it again changes nothing.',
    )
    .option('--status', 'change nothing; say what is applied; exit with 1 if a migration has changed or vanished')
    .addHelpText('after', '\nExample:\n  $ spooky db migrate --status\n  $ spooky db migrate')
    .action(async ({ status = false }: { status?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { runMigrate, runMigrateStatus } = await import('./db-migrate.ts');
      const { openProject } = await import('../project.ts');
      const project = await openProject(projectOptions(context));
      if (status) exit(await runMigrateStatus(project, context));
      else await runMigrate(project, context);
    });
}
