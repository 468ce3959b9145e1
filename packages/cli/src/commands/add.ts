import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';
import { addBackendCommand } from './add-backend.ts';
import { addTableCommand } from './add-table.ts';

/** `spooky add`: writes the files of something new into the project, whose owner edits them from then on. */
export function addAddCommand(program: Command): void {
  const add = program
    .command('add')
    .summary('write the files of a new route, table or backend')
    .description('Writes the files of something new into the project. They are yours from then on.');

  add
    .command('route')
    .argument('<path>', 'its path, such as /summarize')
    .option('--backend <name>', 'which backend of sp00ky.yml (default: the only one)')
    .summary('a route for db.run: spec, handler, test, hook')
    .description(
      'Adds a route to the spec of a backend, with a handler and its test beside the other routes, and a hook for the\n' +
        'web app. Then the types are generated again. Overwrites nothing.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky add route /summarize')
    .action(async (route: string, { backend }: { backend?: string }, command: Command) => {
      const { file, env, result } = contextOf(command);
      const [{ addRoute }, { loadWithoutTokens }, { runGenerate }] = await Promise.all([
        import('../add/route.ts'),
        import('../load-without-tokens.ts'),
        import('../generate/generate.ts'),
      ]);
      const options = { ...(file !== undefined && { file }), env };
      const added = await addRoute(route, backend, await loadWithoutTokens(options));
      const types = await runGenerate(await loadWithoutTokens(options));
      // A running `spooky dev` may have written the types first.
      const files = [...added.files, ...types.map(({ file }) => file)];
      const lines = [
        ...files.map((one) => `wrote ${displayPath(one)}`),
        ...added.left.map((what) => `left to you: ${what}`),
        `db.run('${added.backend}', '${added.path}', …) is typed now; say what it takes and gives in the spec`,
      ];
      result({ event: 'added', ...added, files }, lines.join('\n'));
    });

  addTableCommand(add);
  addBackendCommand(add);
}
