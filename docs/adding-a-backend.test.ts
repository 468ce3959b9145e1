/** docs/adding-a-backend.md, followed in a copy of the project: the backends are checked, tested and called. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { miniProject } from '../packages/cli/src/testing/mini-project.ts';
import { copyProject, type ProjectCopy } from './testing/project-copy.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SPOOKY = path.join(ROOT, 'packages/cli/bin/spooky.js');
const SECOND_OUTBOX = 'schema/outbox/mail.surql';
const page = await readFile(path.join(ROOT, 'docs/adding-a-backend.md'), 'utf8');
const hasPython = await promisify(execFile)('python3', ['--version']).then(
  () => true,
  () => false,
);

/** The blocks of code in a language. */
const fences = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

/** The names in the first column of the table that begins with this cell. */
function firstColumn(heading: string): string[] {
  const [, table = ''] = page.split(`| ${heading} | `);
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** The arguments of the first `spooky` command of the page that begins with these words. */
function commandOf(words: string): string[] {
  const line =
    fences('sh')
      .join('')
      .split('\n')
      .find((one) => one.startsWith(`npx spooky ${words}`)) ?? '';
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word).slice(2);
}

// Skipped in a project whose owner has followed the page.
describe.skipIf(existsSync(path.join(ROOT, 'apps/mail')))('a project with the backends of the page', () => {
  let copy: ProjectCopy;
  let added: string;

  beforeAll(async () => {
    copy = await copyProject();
    added = await copy.run('spooky', ...commandOf('add backend mail'));
    await copy.run('spooky', ...commandOf('add backend words'));
    await writeFile(copy.at('apps/words/main.py'), fences('python')[0] ?? '');
    return () => copy.remove();
  }, 120_000);

  it('has the files that the page names', () => {
    expect(added).toContain("db.run('mail', '/echo', …) is typed now");
    const written = [...added.matchAll(/^wrote (.*)$/gm)].map(([, file]) => file);
    expect(firstColumn('File').toSorted()).toEqual([...written, '.env'].toSorted());
  });

  it('passes its checks, and the test of the new backend', { timeout: 400_000 }, async () => {
    expect(await copy.run('spooky', 'check')).toContain('sp00ky.yml is valid');
    await copy.run('spooky', 'generate', '--check');
    for (const app of ['apps/mail', 'apps/web']) await copy.run('tsc', '--noEmit', '-p', app);
    await copy.run('biome', 'check', 'apps');
    await copy.test('apps/mail/src/app.test.ts');
  });

  it.runIf(hasPython)('does jobs, in both languages', { timeout: 400_000 }, async () => {
    // Stands for uv: runs the script with the Python of this machine, and notes its variables.
    await mkdir(copy.at('bin'));
    const uv = copy.at('bin/uv');
    await writeFile(uv, `#!/bin/sh\nenv > '${copy.at('variables')}'\nshift\nexec python3 "$@"\n`);
    await chmod(uv, 0o755);
    const stack = await copy.dev({ PATH: `${copy.at('bin')}${path.delimiter}${process.env.PATH}` });
    onTestFinished(() => stack.stop());
    for (const backend of ['mail', 'words']) {
      const row = await stack.runJob(backend, '/echo', { text: `hello, ${backend}` });
      expect(row).toMatchObject({ status: 'success', result: { answer: `hello, ${backend}` } });
    }
    const variables = (await readFile(copy.at('variables'), 'utf8'))
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
    const given = variables.filter((name) => /^(HOST|PORT|FORCE_COLOR|SPOOKY_.*)$/.test(name));
    expect(firstColumn('Variable').toSorted()).toEqual(given.toSorted());
  });
});

it('has an entry and a rule for a backend that runs elsewhere', { timeout: 120_000 }, async () => {
  const steps = fences('sh').filter((code) => code.startsWith('spooky outbox'));
  const [[first = '', second = ''], [entry = ''], [rule = '']] = [steps, fences('yaml'), fences('surql')];

  const { root, remove } = await miniProject();
  onTestFinished(remove);
  const at = (name: string): string => path.join(root, name);
  await rename(at('openapi.yaml'), at('mail.openapi.yaml'));
  await writeFile(at('sp00ky.yml'), 'backends: {}\n');
  const spooky = async (line: string): Promise<string> => {
    const args = line.replace(/#.*/, '').trim().split(' ').slice(1);
    return (await promisify(execFile)(process.execPath, [SPOOKY, ...args], { cwd: root })).stdout;
  };

  const [add = '', check = ''] = first.split('\n');
  expect(await spooky(add)).toContain(entry.trimEnd());
  await writeFile(at('sp00ky.yml'), entry);
  expect(await spooky(check)).toContain('sp00ky.yml is valid: 1 backend');

  // The rule of the page takes the place of the new file's.
  const written = await readFile(at(SECOND_OUTBOX), 'utf8');
  const [begin = '', end = ''] = [rule.split('\n')[0], rule.trimEnd().split('\n').at(-1)];
  const edited = written.slice(0, written.indexOf(begin)) + rule + written.slice(written.indexOf(end) + end.length + 1);
  expect(edited).not.toBe(written);
  await writeFile(at(SECOND_OUTBOX), edited);
  expect(await spooky(check)).toContain('sp00ky.yml is valid: 1 backend');
  const [upgradeCheck = '', upgrade = ''] = second.split('\n');
  expect(await spooky(upgradeCheck)).toContain('is up to date');
  await writeFile(at(SECOND_OUTBOX), edited.replace('<= 262144', '<= 1'));
  await expect(spooky(upgradeCheck)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('out of date') });
  expect(await spooky(upgrade)).toContain('+   RETURN string::len($text) <= 262144');
  expect(await readFile(at(SECOND_OUTBOX), 'utf8')).toBe(edited);
});
