import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of a module beside this one that is run as a program of its own. Its extension is this module's: `.js` when
 * built, `.ts` when the sources run as they are (Node strips the types).
 */
export function siblingModule(name: 'child-runtime' | 'reaper'): string {
  const own = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./${name}${extname(own)}`, import.meta.url));
}
