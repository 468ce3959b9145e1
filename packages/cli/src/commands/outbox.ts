import path from 'node:path';
import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';
import type { Upgraded } from '../outbox/upgrade.ts';

/** `spooky outbox add` and `spooky outbox upgrade`: both work on files alone. */
export function addOutboxCommand(program: Command, exit: (code: number) => void): void {
  const outbox = program
    .command('outbox')
    .summary('write and upgrade the job tables of backends')
    .description(
      'Writes the files that define the job tables. The engine owns their fields, indexes and guards; one rule between ' +
        'two marks is yours: what a job may be assigned to, and by whom.',
    );

  outbox
    .command('add')
    .argument('<backend>', 'the name of the backend, in sp00ky.yml or new')
    .summary('write the outbox file of a backend')
    .description(
      'Writes the outbox file of a backend, with the table and the path of sp00ky.yml. For a new backend, it uses ' +
        '<backend>_job and outbox/<backend>.surql, and prints the entry for sp00ky.yml. Overwrites nothing.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky outbox add mail')
    .action(async (backend: string, _options: unknown, command: Command) => {
      const { file, env, result } = contextOf(command);
      const [{ addOutbox, configEntry }, { namedOutboxes }] = await Promise.all([
        import('../outbox/add.ts'),
        import('@spookify/config'),
      ]);
      const options = { ...(file !== undefined && { file }), env };
      const root = path.dirname((await namedOutboxes(options)).config);
      const added = await addOutbox(backend, options);
      const entry = added.configured ? undefined : configEntry(added, root);
      const hint = entry === undefined ? '' : `\nAdd to sp00ky.yml:\n\nbackends:\n${entry}`;
      const text = `${displayPath(added.file)} written for the table ${added.table}; edit the rule between its marks${hint}`;
      result({ event: 'outbox', ...added, ...(entry !== undefined && { entry }) }, text);
    });

  outbox
    .command('upgrade')
    .argument('[backend]', 'only this one (default: all of sp00ky.yml)')
    .option('--check', 'write nothing; exit with 1 if a file is not up to date')
    .summary('bring outbox files up to date with this engine')
    .description(
      'Writes outbox files again from the template of this engine; the rule between the marks stays as it is.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky outbox upgrade\n  $ spooky outbox upgrade --check')
    .action(async (backend: string | undefined, { check = false }: { check?: boolean }, command: Command) => {
      const { file, env, result, colors } = contextOf(command);
      const { upgradeOutboxes } = await import('../outbox/upgrade.ts');
      const files = await upgradeOutboxes(backend, check, { ...(file !== undefined && { file }), env });
      const linesOf = ({ file: name, state, changes, backend: of }: Upgraded): string[] => [
        `${displayPath(name)} ${state === 'stale' ? `is out of date; run spooky outbox upgrade ${of}` : TEXTS[state]}`,
        ...changes
          .filter(() => !check)
          .map(({ sign, text }) => (sign === '+' ? colors.green : colors.red)(`${sign} ${text}`)),
      ];
      result({ event: 'outboxes', files }, files.flatMap(linesOf).join('\n') || 'sp00ky.yml has no backends');
      if (files.some(({ state }) => state === 'stale')) exit(1);
    });
}

const TEXTS = { unchanged: 'is up to date', upgraded: 'upgraded' };
