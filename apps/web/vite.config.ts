import tailwindcss from '@tailwindcss/vite';
import { defaultClientConditions, defineConfig } from 'vite';
import solid from 'vite-plugin-solid';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { gatewayProxy } from './gateway-proxy.ts';
import { offline } from './offline/plugin.ts';
import { openInEditorForAppOnly } from './open-in-editor.ts';
import { servedFiles } from './served-files.ts';

const host = process.env.HOST ?? '127.0.0.1';
const port = Number(process.env.PORT ?? 3600);

export default defineConfig({
  plugins: [
    solid(),
    tailwindcss(),
    openInEditorForAppOnly(),
    contentSecurityPolicy(),
    // Paths of the gateway, and of an API that a web server may forward beside it.
    offline({ notPages: ['/spooky/', '/api/'] }),
  ],
  // Workspace packages are imported from their sources: they need no build, and a change appears at once.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // The supervisor chose the port and tells everyone about it, so moving to another one here would mislead.
  // CORS stays off: pages of other ports on this machine must not read the app's sources.
  server: { host, port, strictPort: true, cors: false, fs: servedFiles, proxy: gatewayProxy },
  preview: { host, port, strictPort: true, proxy: gatewayProxy },
  build: {
    target: 'es2023',
    rolldownOptions: {
      output: {
        // Code that rarely changes stays in the browser's cache when the app changes.
        codeSplitting: {
          groups: [
            { name: 'database', test: /node_modules[\\/]surrealdb/, priority: 2 },
            // The payload checker is loaded with the first job.
            { name: 'vendor', test: /node_modules[\\/]/, priority: 1 },
          ],
        },
      },
    },
  },
});
