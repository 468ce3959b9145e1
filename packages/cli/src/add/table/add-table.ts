import path from 'node:path';
import { type LoadOptions, readEditable, readEditableIfThere, type SpookyConfig } from '@spookify/config';
import { displayPath } from '../../dev/display-path.ts';
import { CliError } from '../../errors.ts';
import { runGenerate } from '../../generate/generate.ts';
import { readSchema } from '../../generate/schema.ts';
import { loadWithoutTokens } from '../../load-without-tokens.ts';
import { isThere } from '../is-there.ts';
import { workdirOf } from '../route.ts';
import { type Write, writeAll } from '../write-all.ts';
import { tableDefinition } from './definition.ts';
import { flowFile } from './flow-file.ts';
import { formFile } from './form-file.ts';
import { itemFile } from './item-file.ts';
import { type TableNames, tableNames } from './names.ts';
import { pageFile } from './page-file.ts';
import { hasPage, withPage } from './page-list.ts';
import { withRow } from './permissions-row.ts';

export interface NewTable {
  /** Named after one row: `note`. */
  readonly name: string;
  /** The word for several rows, where English does not form it by its rules. */
  readonly plural?: string;
  /** The table of the people who sign in; each row belongs to one of them. */
  readonly users: string;
}

export interface AddedTable {
  readonly table: string;
  /** The address of its page, if there is one. */
  readonly page?: string;
  /** Files that were written or changed, as absolute paths. */
  readonly files: readonly string[];
  /** What is left to do by hand. */
  readonly left: readonly string[];
}

/** The parts of a new table in one part of the project. */
interface Part {
  readonly writes: readonly Write[];
  readonly left: readonly string[];
}

/**
 * Adds a table: to schema.surql; with a page if the front end has `src/pages.ts`, and a flow if there is `e2e/`; with a row for
 * the trial of permissions if there is `tests/permissions/`. Then the types are generated again. Changes nothing unless all of it
 * can be written.
 *
 * @throws CliError SPOOKY_CLI_BAD_ARGUMENT, SPOOKY_CLI_FILE_EXISTS; ConfigError when the schema is wrong already
 */
export async function addTable({ name, plural, users }: NewTable, options: LoadOptions): Promise<AddedTable> {
  const names = tableNames(name, plural);
  const config = await loadWithoutTokens(options);
  await checkTables(config, names, users);

  const page = await pageOf(names, config);
  const parts = [await permissionsOf(names, config), page];
  const writes = [await definitionOf(names, config, users), ...parts.flatMap((part) => part.writes)];
  for (const { file, isNew } of writes) {
    if (isNew && (await isThere(file))) {
      throw exists(`${displayPath(file)} is there already; move it, or choose another name.`);
    }
  }
  const undo = await writeAll(writes);
  await runGenerate(config).catch(async (error: unknown) => {
    await undo();
    throw error;
  });
  // A running `spooky dev` may have written them first. A table does not change the checks of payloads beside them.
  const generated = config.clientTypes.map(({ output }) => output);
  return {
    table: names.table,
    ...(page.writes.length > 0 && { page: `/${names.page}` }),
    files: [...writes.map(({ file }) => file), ...generated],
    left: parts.flatMap((part) => part.left),
  };
}

async function checkTables(config: SpookyConfig, { table }: TableNames, users: string): Promise<void> {
  const { tables } = await readSchema(config, { outboxes: 'none' });
  const has = (wanted: string): boolean => tables.some(({ name }) => name === wanted);
  if (has(table)) throw exists(`The schema has a table ${table} already; choose another name.`);
  if (!has(users)) {
    const message = `The schema has no table ${users} for the people who sign in; name it with --users.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
  }
}

async function definitionOf(names: TableNames, config: SpookyConfig, users: string): Promise<Write> {
  const file = path.join(config.schema, 'schema.surql');
  const { text, restore } = await readEditable(file);
  return { file, text: restore(`${text.trimEnd()}\n${tableDefinition(names, users)}`), isNew: false };
}

/** Ends with the list of pages, so that what it leads to is there when a running app takes it up. */
async function pageOf(names: TableNames, config: SpookyConfig): Promise<Part> {
  const web = workdirOf(config.frontend?.dev);
  const list = web && path.join(web, 'src/pages.ts');
  const pages = list ? await readEditableIfThere(list) : undefined;
  const withEntry = pages && withPage(pages.text, names);
  if (!list || !withEntry) return { writes: [], left: [`show the rows in your front end: db.query('${names.table}')`] };
  if (hasPage(pages.text, names))
    throw exists(`${displayPath(list)} has a page /${names.page} already; choose another name.`);
  const at = (name: string): string => path.join(path.dirname(list), names.file, name);
  const flows = path.join(config.root, 'e2e');
  const hasFlows = await isThere(path.join(flows, 'src/fixtures.ts'));
  return {
    writes: [
      { file: at(`${names.file}-form.tsx`), text: formFile(names), isNew: true },
      { file: at(`${names.file}-item.tsx`), text: itemFile(names), isNew: true },
      { file: at(`${names.page}-page.tsx`), text: pageFile(names), isNew: true },
      ...(hasFlows
        ? [{ file: path.join(flows, `flows/${names.page}.spec.ts`), text: flowFile(names), isNew: true }]
        : []),
      { file: list, text: pages.restore(withEntry), isNew: false },
    ],
    left: [],
  };
}

async function permissionsOf(names: TableNames, config: SpookyConfig): Promise<Part> {
  const file = path.join(config.root, 'tests/permissions/fixture.ts');
  const fixture = await readEditableIfThere(file);
  const withEntry = fixture && withRow(fixture.text, names);
  if (!withEntry) return { writes: [], left: [`test who may read and write rows of ${names.table}`] };
  return {
    writes: [{ file, text: fixture.restore(withEntry), isNew: false }],
    left: ['run npx vitest run tests/permissions -u, and look at what docs/permissions.md then says'],
  };
}

function exists(message: string): CliError {
  return new CliError('SPOOKY_CLI_FILE_EXISTS', message);
}
