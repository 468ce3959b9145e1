/**
 * What the development server may read and hand to a browser: the app, the engine's sources that it imports, and the
 * installed packages. Vite would otherwise serve everything below the workspace root through `/@fs/…`, the database's
 * files and the secrets included.
 */
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export const servedFiles = {
  strict: true,
  allow: [import.meta.dirname, resolve(root, 'packages'), resolve(root, 'node_modules')],
  /** A second fence, also inside of the folders above. The first line is Vite's own default, which this list replaces. */
  deny: [
    ...['.env', '.env.*', '*.{crt,pem}', '**/.git/**'],
    ...['*.env', '*.key', '**/.data/**', '**/.spooky/**', '*.sst', '*.surql', 'sp00ky*.yml'],
  ],
};
