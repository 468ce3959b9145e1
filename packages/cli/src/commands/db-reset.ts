import { createInterface } from 'node:readline/promises';
import type { DatabaseConfig } from '@spookify/config';
import { deleteData } from '@spookify/embedded-surreal';
import type { Context } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';
import { CliError } from '../errors.ts';

/** Asks the user to confirm. Any answer other than yes is a no. */
export type Confirm = (question: string) => Promise<boolean>;

/**
 * Deletes the data of the embedded database.
 *
 * @throws CliError `SPOOKY_CLI_RESET_REFUSED`; EmbeddedSurrealError if a server uses the folder, or if the folder contains
 *   something else. Nothing was deleted then.
 */
export async function runDbReset(
  surrealdb: DatabaseConfig,
  { result }: Pick<Context, 'result'>,
  confirm: Confirm,
): Promise<void> {
  if (surrealdb.hosting === 'external') {
    throw refusal(`the database at ${surrealdb.endpoint} is external, and only data on this machine can be deleted.`);
  }
  if (surrealdb.path === 'memory') throw refusal('the data is in memory, and is lost when spooky dev stops.');
  const place = displayPath(surrealdb.path);
  if (!(await confirm(`Delete all data in ${place}?`))) throw refusal('it was not confirmed.');
  const deleted = await deleteData(surrealdb.path);
  const text = deleted ? `deleted the data in ${place}` : `there is no data in ${place}`;
  result(
    { event: 'reset', path: surrealdb.path, deleted },
    `${text}; the next spooky dev starts with an empty database`,
  );
}

/** Asks on standard error. Without a terminal or with `--json`, it throws `SPOOKY_CLI_RESET_REFUSED`. */
export function confirmAtTerminal({ json }: Pick<Context, 'json'>): Confirm {
  return async (question) => {
    if (json || process.stdin.isTTY !== true) throw refusal(`${question} Repeat the command with --yes to confirm.`);
    return answersYes(question, process.stdin, process.stderr);
  };
}

/** Whether the answer is `yes`. The end of the input counts as a no. */
export async function answersYes(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const lines = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(`${question} Type yes: `), ended]);
  lines.close();
  return answer.trim().toLowerCase() === 'yes';
}

function refusal(reason: string): CliError {
  return new CliError('SPOOKY_CLI_RESET_REFUSED', `No data was deleted: ${reason}`);
}
