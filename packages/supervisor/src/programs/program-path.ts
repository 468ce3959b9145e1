import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with everything that these programs load. */
export const PROGRAM_ROOT = dirname(import.meta.dirname);

/**
 * The path of a module beside this one that is run as a program of its own. Its extension is this module's: `.js` when
 * built, `.ts` when the sources run as they are (Node strips the types).
 */
export function programPath(name: 'child-runtime' | 'reaper'): string {
  const own = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./${name}${extname(own)}`, import.meta.url));
}
