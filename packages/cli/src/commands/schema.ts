import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';

/** `spooky check` and `spooky generate`. Both work on files and need no database. */
export function addSchemaCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('check')
    .summary('check sp00ky.yml and every file that it names')
    .description(
      'Checks sp00ky.yml, the OpenAPI specs, the schema and the job tables. Prints every error and exits ' +
        'with 1. Warnings are about parts that are slow or cannot be used. They do not change the exit code.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky check')
    .action(async (_options: unknown, command: Command) => {
      const { file, env, result, colors } = contextOf(command);
      const [{ runCheck }, { formatIssue }] = await Promise.all([
        import('../generate/check.ts'),
        import('@spookify/config'),
      ]);
      const check = await runCheck(file, { env });
      const warnings = check.warnings.map((issue) => colors.yellow(formatIssue(issue, process.cwd())));
      if (check.ok) {
        const names = Object.keys(check.config.backends);
        const routes = Object.values(check.config.backends).flatMap((backend) => Object.keys(backend.routes)).length;
        const text = `${displayPath(check.config.file)} is valid: ${count(names.length, 'backend')}, ${count(routes, 'route')}`;
        result(
          { event: 'check', ok: true, issues: [], warnings: check.warnings },
          [...warnings, colors.green(text)].join('\n'),
        );
        return;
      }
      const lines = check.issues.map((issue) => formatIssue(issue, process.cwd()));
      result(
        { event: 'check', ok: false, issues: check.issues, warnings: check.warnings },
        [...lines, ...warnings].join('\n'),
      );
      exit(1);
    });

  program
    .command('generate')
    .summary('write the types of the schema and the routes')
    .description('Writes schema.gen.ts for every entry of clientTypes.')
    .option('--check', 'write nothing; exit with 1 if a file is not up to date')
    .addHelpText('after', '\nExample:\n  $ spooky generate\n  $ spooky generate --check')
    .action(async ({ check = false }: { check?: boolean }, command: Command) => {
      const { file, env, result } = contextOf(command);
      const [{ runGenerate }, { loadWithoutTokens }] = await Promise.all([
        import('../generate/generate.ts'),
        import('../load-without-tokens.ts'),
      ]);
      const config = await loadWithoutTokens({ ...(file !== undefined && { file }), env });
      const files = await runGenerate(config, { check });
      const text = files.map((one) => `${displayPath(one.file)} ${TEXTS[one.state]}`).join('\n');
      result({ event: 'generate', files }, text || 'clientTypes is empty: nothing to generate');
      if (files.some(({ state }) => state === 'stale')) exit(1);
    });
}

const TEXTS = {
  written: 'written',
  unchanged: 'is up to date',
  stale: 'is out of date; run npx spooky generate',
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
