import { type Command, Option } from 'commander';
import { contextOf, type LogLevel, projectOptions } from '../context.ts';
import { addTransferCommands, VISIBLE } from './db-transfer.ts';

export function addDbCommand(program: Command, exit: (code: number) => void): void {
  const db = program
    .command('db')
    .summary('the database: start, version, migrate, import, export, reset')
    .description('Works on the database.');

  db.command('start')
    .summary('run the embedded database alone')
    .description(
      'Serves the embedded database over SurrealDB’s own protocol, until Ctrl+C or SIGTERM. A second one exits immediately.\n' +
        'There is no default password: without --user and --pass the folder must have an owner already.',
    )
    .argument('<storage>', 'memory, or rocksdb:PATH for a folder')
    .addOption(
      new Option('--bind <host:port>', 'the address to listen on').env('SURREAL_BIND').default('127.0.0.1:3666'),
    )
    .addOption(new Option('--user <name>', 'the owner, created or updated at the start').env('SURREAL_USER'))
    .addOption(new Option('--pass <password>', `the password; ${VISIBLE}`).env('SURREAL_PASS'))
    .option('--service-only', 'accept record users only on the connection of a service user, such as a gateway', false)
    .option(
      '--allow-origin <url>',
      'a web page that may connect, such as http://localhost:3600; repeatable',
      append,
      [],
    )
    .option('--allow-host <name>', 'a host name that clients may use, besides localhost and IP addresses', append, [])
    .addOption(
      new Option('--query-timeout <seconds>', 'the time limit of a statement; 0 for no limit')
        .env('SURREAL_QUERY_TIMEOUT')
        .default('60'),
    )
    .addOption(
      new Option(
        '--allow-funcs <names>',
        'functions to allow although they can abort the process, such as time::format',
      ).env('SURREAL_CAPS_ALLOW_FUNC'),
    )
    .addOption(
      new Option('--log <level>', 'the log level')
        .env('SURREAL_LOG')
        .choices(['none', 'error', 'warn', 'info', 'debug', 'trace'])
        .default('info'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ SURREAL_USER=root SURREAL_PASS=… spooky db start rocksdb:.data/spookify\n  $ spooky db start memory --bind 127.0.0.1:8000 --log warn',
    )
    .action(async (storage: string, options: StartFlags, command: Command) => {
      const { runDbStart } = await import('./db-start.ts');
      const { allowOrigin: origins, allowHost: hosts, log, ...rest } = options;
      exit(await runDbStart({ storage, ...rest, origins, hosts, logger: await contextOf(command).logger(log) }));
    });

  db.command('version')
    .summary('the version of the embedded database')
    .description('Prints the version of the embedded engine, as surreal version does.')
    .addHelpText('after', '\nExample:\n  $ spooky db version\n  3.0.2 for linux on x86_64')
    .action(async (_options: unknown, command: Command) => {
      const { runDbVersion } = await import('./db-version.ts');
      await runDbVersion(contextOf(command));
    });

  db.command('migrate')
    .summary('apply schema and migrations, create the service users')
    .description(
      'Applies schema.surql, the outbox schemas and migrations/*.surql to the configured database, each file in one ' +
        'transaction, and creates the database users of runner, gateway and backends. Running it again changes nothing.\n' +
        'A table, field or index that you remove from a file stays in the database; --status lists it.',
    )
    .option(
      '--status',
      'change nothing, list what is applied; exit with 1 if an applied migration has changed or is missing',
    )
    .addHelpText('after', '\nExample:\n  $ spooky db migrate --status\n  $ spooky db migrate')
    .action(async ({ status = false }: { status?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { runMigrate, runMigrateStatus } = await import('./db-migrate.ts');
      const { openProjectWithoutTokens } = await import('../project.ts');
      const project = await openProjectWithoutTokens(projectOptions(context));
      if (status) exit(await runMigrateStatus(project, context));
      else await runMigrate(project, context);
    });

  addTransferCommands(db);

  db.command('reset')
    .summary('delete the data of the embedded database')
    .description(
      'Asks for confirmation, then deletes the data folder of the embedded database. The next spooky dev starts with an ' +
        'empty database. .env and the schema stay. Stop spooky dev first.',
    )
    .option('--yes', 'skip the confirmation')
    .addHelpText('after', '\nExample:\n  $ spooky db reset\n  $ spooky db reset --yes')
    .action(async ({ yes = false }: { yes?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { confirmAtTerminal, runDbReset } = await import('./db-reset.ts');
      const { openProjectWithoutTokens } = await import('../project.ts');
      const project = await openProjectWithoutTokens(projectOptions(context));
      await runDbReset(project.config.surrealdb, context, yes ? async () => true : confirmAtTerminal(context));
    });
}

interface StartFlags {
  readonly bind: string;
  readonly user?: string;
  readonly pass?: string;
  readonly serviceOnly: boolean;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly log: LogLevel;
  readonly queryTimeout: string;
  readonly allowFuncs?: string;
}

const append = (value: string, before: readonly string[]): readonly string[] => [...before, value];
