import { rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeMarker } from '../left-over-lives/marker.ts';
import { databaseFiles, prepareFolder } from './folder.ts';
import { lockFolder } from './folder-lock.ts';

/**
 * Deletes the database of a data folder, and the folder when nothing else is in it. Only files with names that the database gives
 * are deleted, so a wrong path costs nothing else.
 *
 * @param path the folder of a storage of type `rocksdb`
 * @returns false when there was no database
 * @throws EmbeddedSurrealError `SPOOKY_DB_FOLDER_IN_USE` while a server works on it, `SPOOKY_DB_FOLDER_FOREIGN` when something
 *   else is in it, `SPOOKY_DB_FOLDER_UNUSABLE`
 */
export async function deleteData(path: string): Promise<boolean> {
  const isThere = await stat(resolve(path)).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  const folder = await prepareFolder(path);
  const lock = await lockFolder(folder);
  try {
    const names = await databaseFiles(folder);
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
    await removeMarker(folder);
    return names.length > 0;
  } finally {
    lock.release();
    // Something else may be in it.
    await rmdir(folder).catch(() => {});
  }
}
