import { readFile } from 'node:fs/promises';
import type { ConfigError } from '@spookify/config';
import { Command, CommanderError } from 'commander';
import { addAddCommand } from './commands/add.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDbCommand } from './commands/db.ts';
import { addDevCommand } from './commands/dev.ts';
import { addGatewayCommand } from './commands/gateway.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addOutboxCommand } from './commands/outbox.ts';
import { addRunnerCommand } from './commands/runner.ts';
import { addSchedulesCommand } from './commands/schedules.ts';
import { addSchemaCommands } from './commands/schema.ts';
import { CliError } from './errors.ts';
import { asFailure } from './output/failure.ts';
import { printableJson, printableLines } from './output/printable.ts';

/** Exit code for a wrong command, option or argument. */
const USAGE = 2;
/** Exit code for a command that failed. */
const FAILED = 1;

/**
 * Runs one `spooky` command.
 *
 * Errors are printed, not thrown: to standard error, or as an `error` event with `--json`.
 *
 * @param args the command line without the names of Node and the script
 * @returns the exit code: 0 for success, 1 for a failure, 2 for wrong usage, 128 + n after a second signal n
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const json = args.includes('--json');
  try {
    const program = await createProgram(json, (code) => {
      exitCode = code;
    });
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (json) report(usageError(error), json);
      return USAGE;
    }
    report(error, json);
    return asFailure(error).code === 'SPOOKY_CLI_USAGE' ? USAGE : FAILED;
  }
}

/**
 * Defines all commands. Runs none.
 *
 * @param json whether errors are printed as JSON
 * @param exit called with the exit code of a command that does not throw
 */
export async function createProgram(json: boolean, exit: (code: number) => void): Promise<Command> {
  const program = new Command('spooky')
    .description('Runs and manages a Spookify project.')
    .version(await version(), '-V, --version')
    .option('--config <file>', 'the sp00ky.yml to use (default: the nearest one, in this folder or above)')
    .option('--json', 'print JSON, one object per line')
    .option('--no-color', 'print without colours (also: NO_COLOR=1)')
    .configureHelp({ showGlobalOptions: true })
    // With --json, errors are printed as JSON instead.
    .configureOutput(json ? { writeErr: () => {} } : {})
    .addHelpText('after', '\nExample:\n  $ spooky dev\n\nExit codes: 0 success, 1 failure, 2 wrong usage.')
    .exitOverride();
  addDevCommand(program, exit);
  addSchemaCommands(program, exit);
  addDbCommand(program, exit);
  addRunnerCommand(program, exit);
  addGatewayCommand(program, exit);
  addAddCommand(program);
  addOutboxCommand(program, exit);
  addJobsCommand(program);
  addSchedulesCommand(program);
  addCompletionCommand(program);
  return program;
}

function usageError({ code, message }: CommanderError): CliError {
  const text =
    code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new CliError('SPOOKY_CLI_USAGE', `${text}; see spooky --help`);
}

function report(error: unknown, json: boolean): void {
  const { code, message } = asFailure(error);
  if (json) {
    const issues = isConfigError(error) ? { issues: error.issues } : {};
    console.log(printableJson({ event: 'error', code, message, ...issues }));
  } else {
    console.error(printableLines(isConfigError(error) ? message : `spooky: ${message}`));
  }
}

/** Checks the name, not the class, because loading the package that defines the class would slow down `--help`. */
function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === 'ConfigError';
}

async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  return String(Object(manifest).version);
}
