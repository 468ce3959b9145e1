import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openEngine } from '../engine/open-engine.ts';
import { temporaryFolder } from '../testing/database.ts';
import { keepPrivate } from './folder-privacy.ts';

const rightsOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

it('makes a new data folder accessible only to its owner', async () => {
  const folder = join(await temporaryFolder(), 'new', 'data');
  await (await openEngine({ type: 'rocksdb', path: folder })).close();
  expect(await rightsOf(folder)).toBe('700');
});

it('removes other users’ permissions from an existing folder and its files', async () => {
  const folder = join(await temporaryFolder(), 'data');
  await mkdir(folder);
  await chmod(folder, 0o755);
  const engine = await openEngine({ type: 'rocksdb', path: folder });
  expect(await rightsOf(folder)).toBe('700');
  await engine.close();
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o664);
  await chmod(folder, 0o777);
  await (await openEngine({ type: 'rocksdb', path: folder })).close();
  expect(await rightsOf(folder)).toBe('700');
  for (const name of await readdir(folder)) expect(await rightsOf(join(folder, name)), name).toBe('600');
});

it('keeps the permissions of a foreign folder', async () => {
  const folder = join(await temporaryFolder(), 'photos');
  await mkdir(folder);
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'holiday.jpg'), 'not a database');
  await expect(openEngine({ type: 'rocksdb', path: folder })).rejects.toMatchObject({
    code: 'SPOOKY_DB_FOLDER_FOREIGN',
  });
  expect(await rightsOf(folder)).toBe('755');
});

it.skipIf(process.platform !== 'linux')('warns if the permissions cannot be changed', async () => {
  expect(await keepPrivate('/proc/self/net')).toMatch(/^other users of this machine can read the data folder/);
});
