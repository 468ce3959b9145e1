import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that contains everything these programs load. */
export const PROGRAM_ROOT = dirname(import.meta.dirname);

/**
 * Returns the path of a module in this folder that runs as its own program. It has the extension of this module: `.js`
 * when built, `.ts` when the sources run directly (Node strips the types).
 */
export function programPath(name: 'child-runtime' | 'reaper'): string {
  const own = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./${name}${extname(own)}`, import.meta.url));
}
