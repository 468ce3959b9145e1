/** docs/adding-a-table.md, followed in a copy of the project: added while it runs, tried in a browser, dropped again. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SpookyProcess } from '../packages/cli/src/testing/spooky-process.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SPOOKY = path.join(ROOT, 'packages/cli/bin/spooky.js');
const COPIED = [
  ...['apps', 'docs', 'e2e', 'schema', 'tests', 'openapi.yaml', 'sp00ky.yml'],
  ...['package.json', 'tsconfig.base.json', 'tsconfig.build.json', 'biome.json', '.gitignore'],
];

let copy: string;
let page: string;
const at = (name: string): string => path.join(copy, name);
const run = async (program: string, args: readonly string[], cwd = copy): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, ...args], { cwd })).stdout;
const spooky = (...args: string[]): Promise<string> => run(SPOOKY, args);
const tool = (name: string, args: readonly string[], cwd?: string): Promise<string> =>
  run(path.join(ROOT, 'node_modules', name), args, cwd);
/** The files that the page lists. */
const listed = (): string[] => [...page.matchAll(/^\| `(\S+)` \|/gm)].map(([, file = '']) => file);

beforeAll(async () => {
  page = await readFile(path.join(ROOT, 'docs/adding-a-table.md'), 'utf8');
  copy = await mkdtemp(path.join(tmpdir(), 'spooky-table-'));
  const isWanted = (source: string): boolean => !/[/\\](node_modules|dist|\.data|test-results)([/\\]|$)/.test(source);
  for (const name of COPIED) await cp(path.join(ROOT, name), at(name), { recursive: true, filter: isWanted });
  for (const name of ['bench', 'node_modules', 'packages']) await symlink(path.join(ROOT, name), at(name));
  return () => rm(copy, { recursive: true, force: true });
});

describe('spooky add table', { timeout: 240_000 }, () => {
  it('adds a table to an app that runs', async () => {
    const dev = new SpookyProcess(['dev', '--json', '--ports', 'free'], copy);
    onTestFinished(async () => {
      dev.child.kill('SIGINT');
      await dev.exited;
    });
    const { urls } = await dev.ready();

    const [, command = ''] = /^npx spooky (add table \S+)/m.exec(page) ?? [];
    const [, added] = (await spooky('--json', ...command.split(' '))).match(/^(.*)$/m) ?? [];
    const { files } = JSON.parse(added ?? '') as { files: string[] };
    expect(files.map((file) => path.relative(copy, file)).sort()).toEqual(listed().sort());
    await dev.waitFor(({ event, applied }) => event === 'reload' && String(applied).includes('schema.surql'));

    const { schema } = await import(at('apps/web/src/schema.gen.ts'));
    // By path: its types need those of a browser, which this program has none of.
    const { createClient } = await import(path.join(ROOT, 'packages/client/src/index.ts'));
    const db = createClient({ schema, url: (urls as { gateway: string }).gateway });
    onTestFinished(() => db.close());
    await db.auth.signUp('account', { username: 'ada', password: 'long-enough-for-a-test' });
    const seen = new Promise((resolve) => {
      db.watch(db.query('note').build(), ({ data }: { data: unknown[] | undefined }) => {
        if (data !== undefined && data.length > 0) resolve(data);
      });
    });
    await db.create('note', { text: '  Oil the hinges. ' }, { optimistic: false });
    expect(await seen).toMatchObject([{ text: 'Oil the hinges.' }]);
  });

  it('leaves a project that passes its checks', async () => {
    // Other names wrap at other places.
    await spooky('add', 'table', 'person', '--plural', 'people');
    for (const name of ['tag', 'quarterly_inventory_of_a_store']) await spooky('add', 'table', name);
    expect(await spooky('check')).toContain('sp00ky.yml is valid');
    expect(await spooky('generate', '--check')).toBeDefined();
    for (const part of ['apps/web', 'e2e']) await tool('typescript/bin/tsc', ['--noEmit', '-p', part]);
    await tool('@biomejs/biome/bin/biome', ['check', 'apps', 'e2e', 'tests']);
  });

  it('shows a row in each session of its owner, and in no other, in a browser', async () => {
    const flow = listed().find((file) => file.startsWith('e2e/')) ?? '';
    const output = await tool('@playwright/test/cli.js', ['test', path.relative('e2e', flow)], at('e2e'));
    expect(output).toContain('1 passed');
  });

  it('gives each role what the page says', async () => {
    const { openStage } = await import(at('tests/permissions/people.ts'));
    const { columnsOf } = await import(at('tests/permissions/matrix.ts'));
    const { pageOf } = await import(at('tests/permissions/page.ts'));
    const stage = await openStage();
    onTestFinished(() => stage.close());
    const columns: { table: string; role: string }[] = [];
    for await (const column of columnsOf(stage, 'note')) {
      if (['author', 'stranger', 'deleted user'].includes(column.role)) columns.push(column);
    }
    const rows = (text: string): string[] =>
      [...text.matchAll(/^\| (?:\*a row\*|[a-z_]+) \|(?:[^|]*\|){3}$/gm)].map(([row]) => row);
    expect(rows(pageOf(columns, {}))).toEqual(rows(page));
  });

  it('names a table without PERMISSIONS, at its line', async () => {
    const schema = await readFile(at('schema/schema.surql'), 'utf8');
    onTestFinished(() => writeFile(at('schema/schema.surql'), schema));
    const open = schema.replace(/(DEFINE TABLE OVERWRITE note TYPE NORMAL SCHEMAFULL)[^;]*/, '$1');
    await writeFile(at('schema/schema.surql'), open);
    const line = open.slice(0, open.indexOf('TABLE OVERWRITE note')).split('\n').length;
    const message = `schema/schema.surql:${line}:1 note: has no PERMISSIONS, so browsers cannot see it and it gets no type; add `;
    const said = expect.stringContaining(message);
    await expect(spooky('generate')).rejects.toMatchObject({ code: 1, stderr: said });
    await expect(spooky('check')).rejects.toMatchObject({ code: 1, stdout: said });
  });

  it('changes nothing when a part of it is there', async () => {
    const before = await readFile(at('schema/schema.surql'), 'utf8');
    await expect(spooky('add', 'table', 'note')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has a table note already'),
    });
    await writeFile(at('e2e/flows/lanterns.spec.ts'), '// mine');
    await expect(spooky('add', 'table', 'lantern')).rejects.toMatchObject({
      stderr: expect.stringContaining('lanterns.spec.ts is there already'),
    });
    await expect(spooky('add', 'table', 'human', '--plural', 'people')).rejects.toMatchObject({
      stderr: expect.stringContaining('has a page /people already'),
    });
    expect(await readFile(at('schema/schema.surql'), 'utf8')).toBe(before);
  });

  it('is dropped without a trace', async () => {
    for (const name of ['schema/schema.surql', 'apps/web/src/pages.ts', 'tests/permissions/fixture.ts']) {
      await cp(path.join(ROOT, name), at(name));
    }
    const status = () => spooky('db', 'migrate', '--status');
    expect(await status()).toContain('REMOVE TABLE IF EXISTS note');
    const [, name = '', text = ''] = /^ *-- schema\/(migrations\/\S+)\n([\s\S]*?)^ *```/m.exec(page) ?? [];
    await writeFile(at(`schema/${name}`), text);
    await spooky('generate');
    await spooky('db', 'migrate');
    expect(await status()).not.toContain('TABLE IF EXISTS note');
    const types = 'apps/web/src/schema.gen.ts';
    expect(await readFile(at(types), 'utf8')).toBe(await readFile(path.join(ROOT, types), 'utf8'));
  });
});
