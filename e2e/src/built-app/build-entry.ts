/**
 * Builds pages for production: `build-entry.ts ROOT FOLDER [VERSION]`. A version marks the page and its entry
 * module with an attribute each, so that it differs from other builds and a mix of two can be seen.
 *
 * A separate process, because Vite sets variables such as NODE_ENV.
 */
import { build, type Plugin } from 'vite';

const [root = '', outDir = '', version] = process.argv.slice(2);

await build({
  root,
  configFile: `${root}/vite.config.ts`,
  logLevel: 'warn',
  build: { outDir, emptyOutDir: true },
  plugins: version === undefined ? [] : [marked(version)],
});

function marked(mark: string): Plugin {
  return {
    name: 'test:version',
    transform: (code, id) =>
      id.endsWith('/src/main.tsx') ? `${code}\ndocument.documentElement.dataset.script = '${mark}';` : undefined,
    transformIndexHtml: (html) => html.replace('<html', `<html data-page="${mark}"`),
  };
}
