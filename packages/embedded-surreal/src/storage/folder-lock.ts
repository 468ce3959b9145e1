/**
 * Allows one process at a time to use a folder, and names that process to others. RocksDB's own lock protects the data
 * and ends with its process, but it cannot say who holds it.
 */
import { join } from 'node:path';
import { folderInUse } from './folder-problem.ts';
import { type FileLock, tryLock } from './lock-file.ts';

export const LOCK_FILE = 'spooky.lock';

/** Locks the folder. Throws SPOOKY_DB_FOLDER_IN_USE, which names the process that holds it. */
export async function lockFolder(folder: string): Promise<FileLock> {
  const attempt = await tryLock(join(folder, LOCK_FILE));
  if (attempt.kind === 'held') throw folderInUse(folder, attempt.pid);
  return attempt.lock;
}
