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
   * A second check that also applies inside the folders above, without regard to case. The first line is Vite's own
   * default, which this list replaces.
   */
  deny: [
    ...['.env', '.env.*', '*.{crt,pem}', '**/.git/**'],
    ...['.envrc', '*.env', '.npmrc', '.netrc', '*.{key,p12,pfx,jks}', 'id_{rsa,ed25519,ecdsa}', '**/.ssh/**'],
    // The database's files, at any place that sp00ky.yml may name, and exports of it.
    ...['**/.data/**', '**/.spooky/**', '*.sst', '[0-9]*.log', 'MANIFEST-*', 'OPTIONS-*', 'spooky.lock'],
    ...['*.surql', '*.surql.*', 'sp00ky*.yml'],
  ],
};
