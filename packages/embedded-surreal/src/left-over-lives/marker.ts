/**
 * A file in the folder that says that live queries may be left in it. It is made before the first live query starts and
 * removed at a clean end, so after a kill the next start knows whether to look, which takes another process.
 */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = 'spooky.lives';

export const leaveMarker = (folder: string): Promise<void> => writeFile(join(folder, MARKER), '');

export const removeMarker = (folder: string): Promise<void> => rm(join(folder, MARKER), { force: true });

export const hasMarker = (folder: string): Promise<boolean> =>
  access(join(folder, MARKER)).then(
    () => true,
    () => false,
  );
