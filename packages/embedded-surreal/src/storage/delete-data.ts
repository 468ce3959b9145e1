import { rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeMarker } from '../orphaned-live-queries/marker.ts';
import { databaseFiles, prepareFolder } from './folder.ts';
import { lockFolder } from './folder-lock.ts';

/**
 * Deletes the database in a data folder, and the folder itself if it is then empty. Only files with RocksDB's names are
 * deleted, so a wrong path does not destroy other files.
 *
 * @param path the folder of a storage of type `rocksdb`
 * @returns false if there was no database
 * @throws EmbeddedSurrealError `SPOOKY_DB_FOLDER_IN_USE` if a server uses it, `SPOOKY_DB_FOLDER_FOREIGN` if it contains
 *   something else, `SPOOKY_DB_FOLDER_UNUSABLE` if it cannot be read
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
    // The folder may contain other files.
    await rmdir(folder).catch(() => {});
  }
}
