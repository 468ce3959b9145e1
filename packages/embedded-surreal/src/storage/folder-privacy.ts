/** Keeps other users of the machine out of a data folder, which contains password hashes and all rows. */
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const OTHERS = 0o077;

/**
 * Removes the permissions of other users from the folder, which already keeps them out, and from the files in it, so
 * that a copy of the files is private too. Returns a warning if that is impossible, for example on a file system
 * without permissions.
 */
export async function keepPrivate(folder: string): Promise<string | undefined> {
  // Windows has another permission model, in which a folder inherits the permissions of the user's own folder.
  if (process.platform === 'win32') return undefined;
  await restrict(folder);
  const names = await readdir(folder);
  await Promise.all(names.map((name) => restrict(join(folder, name))));
  if (!(await isAccessibleToOthers(folder))) return undefined;
  return 'other users of this machine can read the data folder, and its permissions cannot be changed; choose a folder that belongs to you';
}

async function restrict(path: string): Promise<void> {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0) await chmod(path, mode & ~OTHERS & 0o7777);
  } catch {
    // The engine removed the file meanwhile, or this user may not change its permissions. The folder is checked again
    // below.
  }
}

const isAccessibleToOthers = async (folder: string): Promise<boolean> => ((await stat(folder)).mode & OTHERS) !== 0;
