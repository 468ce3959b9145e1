/** Tests what `npm run check` finds, and what it must accept, in an app that is being changed. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const run = promisify(execFile);

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Returns the commands of `npm run check` that contain `text`. */
async function commandsWith(text: string): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  return String(scripts.check)
    .split(' && ')
    .filter((command) => command.includes(text));
}

it('fails on outdated generated types, and names the command that writes them', async () => {
  const folder = await temporaryFolder();
  const types = 'apps/web/src/schema.gen.ts';
  const apps = globSync('apps/*/{package.json,openapi.yaml}', { cwd: ROOT });
  const payloads = 'apps/web/src/schema.payloads.gen.ts';
  for (const file of ['sp00ky.yml', 'openapi.yaml', 'schema', types, payloads, ...apps])
    await cp(path.join(ROOT, file), path.join(folder, file), { recursive: true });
  const commands = await commandsWith('generate --check');
  expect(commands).toHaveLength(1);
  const check = () => {
    const node = JSON.stringify(process.execPath);
    const line = `${commands[0]?.replace(/^node /, `${node} `)} --config ${path.join(folder, 'sp00ky.yml')}`;
    return run('sh', ['-c', line], { cwd: ROOT });
  };
  expect((await check()).stdout).toContain(`${types} is up to date`);
  await appendFile(path.join(folder, 'schema/schema.surql'), '\nDEFINE TABLE ghost SCHEMAFULL PERMISSIONS FULL;\n');
  await expect(check()).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`${types} is out of date; run npx spooky generate`),
  });
});

it('accepts any environment variable, because no build depends on one', async () => {
  expect(await commandsWith('biome check')).toHaveLength(1);
  const folder = await temporaryFolder();
  for (const file of ['biome.json', 'package.json', 'turbo.json', '.gitignore'])
    await cp(path.join(ROOT, file), path.join(folder, file));
  await writeFile(path.join(folder, 'new-app.ts'), 'console.log(process.env.NEW_APP_VARIABLE);\n');
  await run(path.join(ROOT, 'node_modules/.bin/biome'), ['lint', '--error-on-warnings'], { cwd: folder });
});
