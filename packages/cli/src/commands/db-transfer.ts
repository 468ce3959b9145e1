import path from 'node:path';
import { type Command, Option } from 'commander';
import { type Context, contextOf, projectOptions } from '../context.ts';
import type { Target, TargetOptions } from '../transfer/target.ts';

const WHERE =
  'Works with any SurrealDB server over HTTP. The default is the database of the project, as its owner, at ' +
  'SPOOKY_DATABASE_URL, the configured endpoint, or a running spooky dev.';

export function addTransferCommands(db: Command): void {
  withTarget(db.command('import'))
    .summary('run a file of SurrealQL, such as an export')
    .description(`Runs a file of SurrealQL on a database; exits with 1 if a statement fails.\n${WHERE}`)
    .argument('<file>', 'the file; - for standard input')
    .addHelpText(
      'after',
      '\nExample:\n  $ spooky db import backup.surql\n  $ SURREAL_PASS=… spooky db import backup.surql --endpoint http://127.0.0.1:8000 --user root --ns main --db copy',
    )
    .action(async (file: string, options: TargetOptions, command: Command) => {
      const context = contextOf(command);
      const { importAndRefresh } = await import('../transfer/import-and-refresh.ts');
      const { statements, needsMigrate } = await importAndRefresh(await targetOf(options, context), file);
      const text = `imported ${file} (${statements} ${statements === 1 ? 'statement' : 'statements'})`;
      const rest =
        'gateways miss changes of new tables until you run spooky db migrate, because SPOOKY_GATEWAY_KEY is not set';
      context.result(
        { event: 'import', file, statements, ...(needsMigrate && { needsMigrate }) },
        needsMigrate ? `${text}; ${rest}` : text,
      );
    });

  withTarget(db.command('export'))
    .summary('write a database as SurrealQL')
    .description(
      'Writes the definitions and rows of a database as SurrealQL. It contains password hashes, so only you can read the file.\n' +
        `The tables of gateways and runners, such as sessions, are left out.\n${WHERE}`,
    )
    .argument('[file]', 'the file, replaced when the export is complete; - for standard output', '-')
    .addHelpText(
      'after',
      '\nExample:\n  $ spooky db export backup.surql\n  $ spooky db export | gzip > backup.surql.gz',
    )
    .action(async (file: string, options: TargetOptions, command: Command) => {
      const context = contextOf(command);
      const { exportFile, exportToStdout } = await import('../transfer/export.ts');
      const target = await targetOf(options, context);
      if (file === '-') return exportToStdout(target);
      const bytes = await exportFile(target, path.resolve(file));
      context.result({ event: 'export', file, bytes }, `exported to ${file} (${bytes} bytes)`);
    });
}

function withTarget(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the server, such as http://127.0.0.1:3666')
    .addOption(new Option('--user <name>', 'the user to sign in as').env('SURREAL_USER'))
    .addOption(new Option('--pass <password>', `the password; ${VISIBLE}`).env('SURREAL_PASS'))
    .addOption(new Option('--ns <namespace>', 'the namespace').env('SURREAL_NAMESPACE'))
    .addOption(new Option('--db <database>', 'the database').env('SURREAL_DATABASE'))
    .addOption(
      new Option('--auth-level <level>', 'where the user is defined')
        .env('SURREAL_AUTH_LEVEL')
        .choices(['root', 'namespace', 'database'])
        .default('root'),
    );
}

/** Every user of the machine can read the command line of every process. */
export const VISIBLE = 'visible in the list of processes, so prefer the variable';

async function targetOf(options: TargetOptions, context: Context): Promise<Target> {
  const { findTarget } = await import('../transfer/target.ts');
  return findTarget(options, projectOptions(context));
}
