import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { namedFiles } from '@spookify/config';
import { migrationsFolder } from '../../migrate/schema-files.ts';
import type { ProjectOptions } from '../../project.ts';
import type { Watched } from './file-watch.ts';

const NOTHING: Watched = { files: [], folders: [] };

/** The files that `spooky dev` reads, according to the current config, even if it has faults. None if there is no config. */
export async function watchedFiles({ file, env }: ProjectOptions): Promise<Watched> {
  const named = await namedFiles({ ...(file === undefined ? {} : { file }), env }).catch(() => undefined);
  if (named === undefined) return NOTHING;
  return { files: named.files, folders: [{ folder: migrationsFolder(named), ending: '.surql' }] };
}

export function mergeWatched(one: Watched, other: Watched): Watched {
  return { files: [...one.files, ...other.files], folders: [...one.folders, ...other.folders] };
}

/** The watched files, including those that are in the watched folders now. */
export async function presentFiles({ files, folders }: Watched): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async ({ folder, ending }) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => name.endsWith(ending)).map((name) => path.join(folder, name));
    }),
  );
  return [...new Set([...files, ...found.flat()])];
}
