import { readFile } from 'node:fs/promises';
import { ConfigError } from '@spookify/config';
import { Command, CommanderError } from 'commander';
import { addDbCommand } from './commands/db.ts';
import { addDevCommand } from './commands/dev.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addRunnerCommand } from './commands/runner.ts';
import { addSchemaCommands } from './commands/schema.ts';

/** The arguments make no sense. */
const USAGE = 2;
/** What was asked for failed. */
const FAILED = 1;

/**
 * Runs one `spooky` command.
 *
 * @param args without the names of Node and the script
 * @returns the exit code: 0 it worked, 1 it failed, 2 wrong usage, 128 + n after a second signal n
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const exit = (code: number) => {
    exitCode = code;
  };
  const program = new Command('spooky')
    .description('Runs and looks after a Spookify project.')
    .version(await version(), '-V, --version')
    .option('--config <file>', 'the sp00ky.yml to use (default: the nearest one, from here upwards)')
    .option('--json', 'print JSON, one object a line')
    .option('--no-color', 'print without colours (also: NO_COLOR=1)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExample:\n  $ spooky dev\n\nExit codes: 0 it worked, 1 it failed, 2 wrong usage.')
    .exitOverride();
  addDevCommand(program, exit);
  addSchemaCommands(program, exit);
  addDbCommand(program, exit);
  addRunnerCommand(program, exit);
  addJobsCommand(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    report(error, program.opts<{ json?: boolean }>().json === true);
    return FAILED;
  }
}

function report(error: unknown, json: boolean): void {
  const { code, message } = described(error);
  if (json) {
    const issues = error instanceof ConfigError ? { issues: error.issues } : {};
    console.log(JSON.stringify({ event: 'error', code, message, ...issues }));
  } else {
    console.error(error instanceof ConfigError ? message : `spooky: ${message}`);
  }
}

/** An error without a code is one that nobody expected: its stack says where it comes from. */
function described(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'SPOOKY_CLI_UNEXPECTED', message: String(error) };
  if ('code' in error && typeof error.code === 'string') return { code: error.code, message: error.message };
  return { code: 'SPOOKY_CLI_UNEXPECTED', message: error.stack ?? error.message };
}

async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  return String(Object(manifest).version);
}
