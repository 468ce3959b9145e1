/**
 * The files that the development server may send to a browser: the app, the engine's sources that it imports, and the
 * installed packages. Without this list, Vite would serve everything below the workspace root through `/@fs/…`, including
 * the database's files and the secrets.
 */
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export const servedFiles = {
  strict: true,
  allow: [import.meta.dirname, resolve(root, 'packages'), resolve(root, 'node_modules')],
  /**
   * A second check that also applies inside the folders above. The first lines are Vite's own default, which this list
   * replaces.
   */
  deny: [
    ...['.env', '.env.*', '*.{crt,pem}', '**/.git/**'],
    ...['*.env', '*.key', '**/.data/**', '**/.spooky/**', '*.sst', '*.surql', 'sp00ky*.yml'],
  ],
};
