import type { Command } from 'commander';
import { contextOf, projectOptions } from '../context.ts';

export function addRunnerCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('runner')
    .summary('run a job runner alone, as in production')
    .description(
      'Delivers jobs to the backends until a signal stops it. Running attempts may finish. You can run any number.\n' +
        'Reads SPOOKY_DATABASE_URL, SPOOKY_RUNNER_PASSWORD and SPOOKY_BACKEND_<NAME>_URL.',
    )
    .addHelpText('after', '\nExample:\n  $ SPOOKY_DATABASE_URL=wss://db.example.com/rpc spooky runner')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command);
      const [{ runRunner }, { openProject }] = await Promise.all([import('./run-runner.ts'), import('../project.ts')]);
      exit(await runRunner(await openProject(projectOptions(context)), await context.logger()));
    });
}
