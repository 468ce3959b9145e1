/**
 * A file in the data folder which says that live queries may be left in it. It is created before the first live query
 * starts and removed at a clean close. After a kill it tells the next start to look for them, which takes a child
 * process.
 */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = 'spooky.lives';

export const writeMarker = (folder: string): Promise<void> => writeFile(join(folder, MARKER), '');

export const removeMarker = (folder: string): Promise<void> => rm(join(folder, MARKER), { force: true });

export const hasMarker = (folder: string): Promise<boolean> =>
  access(join(folder, MARKER)).then(
    () => true,
    () => false,
  );
