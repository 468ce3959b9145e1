import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';
import type { BuiltFiles } from './built-files.ts';
import { REMOVAL } from './removal.ts';

const WORKER = 'sw.js';

/**
 * Adds the service worker to the built app, with the list of all built files. The development server has none, because
 * it would answer with files of before an edit.
 *
 * @param options.notPages the beginnings of paths that the worker leaves to the network
 */
export function offline({ notPages }: { notPages: readonly string[] }): Plugin {
  let publicDir = '';
  return {
    name: 'spookify:offline',
    enforce: 'post',
    configResolved(config) {
      ({ publicDir } = config);
    },
    configureServer({ middlewares }) {
      middlewares.use(`/${WORKER}`, (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' }).end(REMOVAL);
      });
    },
    buildStart() {
      if (this.environment.mode !== 'build') return;
      this.emitFile({ type: 'chunk', id: join(import.meta.dirname, 'worker.ts'), fileName: WORKER });
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== 'chunk' || worker.imports.length > 0) {
          throw new Error('offline/worker.ts must become one file, so it cannot share modules with the app');
        }
        const built = Object.values(bundle).filter((file) => file !== worker);
        const entries = [
          ...built.map((file) => entry(file.fileName, file.type === 'chunk' ? file.code : file.source)),
          ...filesOf(publicDir).map((name) => entry(name, readFileSync(join(publicDir, name)))),
        ];
        const files = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
        const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
        worker.code = `const BUILT = ${JSON.stringify({ version, files, notPages } satisfies BuiltFiles)};\n${worker.code}`;
      },
    },
  };
}

/** index.html is loaded as `/`, because some web servers redirect its own address. */
function entry(name: string, content: string | Uint8Array): [path: string, integrity: string] {
  const path = name === 'index.html' ? '/' : `/${name}`;
  return [path, `sha256-${createHash('sha256').update(content).digest('base64')}`];
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => relative(folder, join(found.parentPath, found.name)).replaceAll('\\', '/'));
}
