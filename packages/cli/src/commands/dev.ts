import { type Command, Option } from 'commander';
import { contextOf, projectOptions } from '../context.ts';
import { createJsonReporter } from '../output/json-reporter.ts';
import { createTextReporter } from '../output/text-reporter.ts';

export function addDevCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('dev')
    .summary('run the whole stack of sp00ky.yml, until Ctrl+C')
    .description(
      'Checks sp00ky.yml, then starts database, schema, runner, backends and front end, and restarts what crashes.\n' +
        'Ctrl+C, SIGTERM or a closed terminal stops everything in reverse order (exit code 0). A second one kills everything.',
    )
    .addOption(
      new Option('--ports <how>', 'auto: the usual ports, or all of them moved if one is busy; free: any free ports')
        .choices(['auto', 'free'])
        .default('auto'),
    )
    .addHelpText('after', '\nExample:\n  $ spooky dev\n  $ spooky dev --json --ports free | jq .event')
    .action(async ({ ports }: { ports: 'auto' | 'free' }, command: Command) => {
      const context = contextOf(command);
      const { json, colors, output } = context;
      const { runDev } = await import('../dev/dev.ts');
      exit(
        await runDev({
          ...projectOptions(context),
          ports,
          color: colors.enabled,
          reporter: (names) =>
            json ? createJsonReporter(output.write) : createTextReporter({ names, colors, write: output.write }),
          output,
        }),
      );
    });
}
