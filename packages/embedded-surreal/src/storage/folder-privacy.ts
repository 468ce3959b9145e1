/** Keeps other users of the machine out of a data folder: it holds password hashes and all rows. */
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const OTHERS = 0o077;

/**
 * Takes the rights of others away: from the folder, which alone keeps them out, and from the files in it, so that a copy of
 * them is as private. Returns what is wrong where that is impossible, on a file system without rights for example.
 */
export async function keepPrivate(folder: string): Promise<string | undefined> {
  // Windows has other rights, which a folder inherits from the user's own.
  if (process.platform === 'win32') return undefined;
  await tighten(folder);
  const names = await readdir(folder);
  await Promise.all(names.map((name) => tighten(join(folder, name))));
  if (!(await isOpen(folder))) return undefined;
  return 'other users of this machine can reach the data folder, and its rights cannot be changed; choose a folder that belongs to you';
}

async function tighten(path: string): Promise<void> {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0) await chmod(path, mode & ~OTHERS & 0o7777);
  } catch {
    // The engine has removed the file meanwhile, or the rights are not ours to change; the folder's are looked at again.
  }
}

const isOpen = async (folder: string): Promise<boolean> => ((await stat(folder)).mode & OTHERS) !== 0;
