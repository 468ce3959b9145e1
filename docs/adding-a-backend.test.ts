/** docs/adding-a-backend.md, followed line by line in the application of the engine's tests. */
import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { miniProject } from '../packages/cli/src/testing/mini-project.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SPOOKY = path.join(ROOT, 'packages/cli/bin/spooky.js');
const SECOND_OUTBOX = 'schema/outbox/mail.surql';

it('adds a backend whose rule is that of the page', { timeout: 120_000 }, async () => {
  const page = await readFile(path.join(ROOT, 'docs/adding-a-backend.md'), 'utf8');
  const fences = (language: string): string[] =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
  const [[first = '', second = ''], [entry = ''], [rule = '']] = [fences('sh'), fences('yaml'), fences('surql')];

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
  expect(await spooky(check)).toContain('sp00ky.yml is right: 1 backend');

  // The rule of the page takes the place of the new file's.
  const written = await readFile(at(SECOND_OUTBOX), 'utf8');
  const [begin = '', end = ''] = [rule.split('\n')[0], rule.trimEnd().split('\n').at(-1)];
  const edited = written.slice(0, written.indexOf(begin)) + rule + written.slice(written.indexOf(end) + end.length + 1);
  expect(edited).not.toBe(written);
  await writeFile(at(SECOND_OUTBOX), edited);
  expect(await spooky(check)).toContain('sp00ky.yml is right: 1 backend');
  const [upgradeCheck = '', upgrade = ''] = second.split('\n');
  expect(await spooky(upgradeCheck)).toContain('is up to date');
  await writeFile(at(SECOND_OUTBOX), edited.replace('<= 65536', '<= 1'));
  await expect(spooky(upgradeCheck)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('out of date') });
  expect(await spooky(upgrade)).toContain('+   RETURN string::len($text) <= 65536');
  expect(await readFile(at(SECOND_OUTBOX), 'utf8')).toBe(edited);
});
