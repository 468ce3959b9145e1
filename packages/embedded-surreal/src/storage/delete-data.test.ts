import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/database.ts';
import { deleteData } from './delete-data.ts';
import { lockFolder } from './folder-lock.ts';

/** The database of another process that has ended, because the engine only then releases the folder. */
async function folderWithData(): Promise<string> {
  const folder = join(await temporaryFolder(), 'data');
  const url = new URL('../index.ts', import.meta.url);
  const program = `
    import { openEngine } from ${JSON.stringify(url.href)};
    const engine = await openEngine({ type: 'rocksdb', path: ${JSON.stringify(folder)} });
    await engine.use('main', 'test');
    await engine.query('CREATE note');
    process.exit();`;
  execFileSync(process.execPath, ['--conditions=source', '--input-type=module', '-e', program]);
  return folder;
}

const exists = (folder: string): Promise<boolean> =>
  stat(folder).then(
    () => true,
    () => false,
  );

it('deletes a database and its folder, once', async () => {
  const folder = await folderWithData();
  expect(await deleteData(folder)).toBe(true);
  expect(await exists(folder)).toBe(false);
  expect(await deleteData(folder)).toBe(false);
});

it('keeps files that do not belong to the database', async () => {
  const folder = await folderWithData();
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await mkdir(join(folder, 'photos'));
  expect(await deleteData(folder)).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['notes.txt', 'photos']);
});

it('refuses a foreign folder and one that is in use, and does not change them', async () => {
  const home = await temporaryFolder();
  await writeFile(join(home, 'notes.txt'), 'mine');
  await expect(deleteData(home)).rejects.toMatchObject({ code: 'SPOOKY_DB_FOLDER_FOREIGN' });
  expect(await readdir(home)).toEqual(['notes.txt']);

  const folder = await folderWithData();
  const before = await readdir(folder);
  const lock = await lockFolder(folder);
  await expect(deleteData(folder)).rejects.toMatchObject({ code: 'SPOOKY_DB_FOLDER_IN_USE' });
  lock.release();
  expect(await readdir(folder)).toEqual(before);
});
