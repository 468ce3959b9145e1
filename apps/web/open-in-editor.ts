import type { Plugin } from 'vite';

const PATH = '/__open-in-editor';

/**
 * On a request to this path, Vite opens any file of the machine in the developer's editor or prints it in the terminal. Any
 * web page can send such a request. This plugin accepts it only from the app's own pages, which the browser marks.
 */
export function openInEditorForAppOnly(): Plugin {
  return {
    name: 'spookify:open-in-editor',
    apply: 'serve',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const isOwn = request.headers['sec-fetch-site'] === 'same-origin';
        if (isOwn || !request.url?.toLowerCase().includes(PATH)) return next();
        response.writeHead(403, { 'content-type': 'text/plain' }).end('Only pages of this app may open files.');
      });
    },
  };
}
