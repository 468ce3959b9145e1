import { realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { SupervisorError } from '../errors.ts';

/**
 * Resolves an entry to the real path of a built file: a `.js` file under `dist/` of the root, also after symbolic links
 * are resolved. Throws a SupervisorError whose code says which rule was broken.
 */
export function resolveEntry(root: string, entry: string): string {
  if (typeof entry !== 'string' || entry === '' || entry.includes('\0')) {
    throw new SupervisorError('SPOOKY_SUPERVISOR_INVALID_OPTION', 'entry must name a built file, like dist/worker.js.');
  }
  if (!entry.endsWith('.js')) {
    throw new SupervisorError(
      'SPOOKY_SUPERVISOR_ENTRY_NOT_BUILT',
      `${entry} is not a .js file; build it, and name the file under dist/.`,
    );
  }
  const named = resolve(root, entry);
  // Checked before any disk access, so that an entry cannot be used to probe for files elsewhere.
  if (!isInside(resolve(root, 'dist'), named)) throw outside(entry, root);
  const real = realFile(named, entry);
  const realRoot = realpathSync(root);
  const realDist = realpathSync(join(root, 'dist'));
  if (!isInside(realRoot, realDist) || !isInside(realDist, real)) throw outside(entry, root);
  if (!real.endsWith('.js')) throw outside(entry, root);
  return real;
}

function realFile(path: string, entry: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isFile()) return real;
  } catch (cause) {
    throw missing(entry, cause);
  }
  throw missing(entry);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

function missing(entry: string, cause?: unknown): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_ENTRY_MISSING',
    `${entry} is not a file; build the package first, and give the path relative to the root.`,
    { cause },
  );
}

function outside(entry: string, root: string): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_ENTRY_OUTSIDE',
    `${entry} is outside ${join(root, 'dist')} when symbolic links are resolved; name a built file there.`,
  );
}
