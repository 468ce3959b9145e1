import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';

interface Options {
  readonly plural?: string;
  readonly users: string;
}

/** `spooky add table` */
export function addTableCommand(add: Command): void {
  add
    .command('table')
    .argument('<name>', 'named after one row, such as note')
    .option('--plural <word>', 'for several rows, such as people for person')
    .option('--users <table>', 'the table of the people who sign in', 'user')
    .summary('a table: schema, types, live page, tests')
    .description(
      'Adds a table to schema.surql, whose rows belong to the people who sign in: each sees and writes their own. With a\n' +
        'live page in the web app, a flow in a browser and a row for the test of permissions. Then the types are generated\n' +
        'again. While spooky dev runs, it applies the table. Overwrites nothing.',
    )
    .addHelpText('after', '\nExample:\n  $ spooky add table note\n  $ spooky add table person --plural people')
    .action(async (name: string, { plural, users }: Options, command: Command) => {
      const { file, env, result } = contextOf(command);
      const { addTable } = await import('../add/table/add-table.ts');
      const table = { name, users, ...(plural !== undefined && { plural }) };
      const added = await addTable(table, { ...(file !== undefined && { file }), env });
      const lines = [
        ...added.files.map((one) => `wrote ${displayPath(one)}`),
        ...added.left.map((what) => `left to you: ${what}`),
        `db.query('${added.table}') is typed now${added.page === undefined ? '' : `; its page is ${added.page}`}`,
      ];
      result({ event: 'added', ...added }, lines.join('\n'));
    });
}
