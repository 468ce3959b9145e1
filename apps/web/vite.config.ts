import tailwindcss from '@tailwindcss/vite';
import { defaultClientConditions, defineConfig, loadEnv } from 'vite';
import solid from 'vite-plugin-solid';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { openInEditorForAppOnly } from './open-in-editor.ts';
import { servedFiles } from './served-files.ts';
import { defaultDatabase } from './src/database-defaults.ts';

const host = process.env.HOST ?? '127.0.0.1';
const port = Number(process.env.PORT ?? 3600);

export default defineConfig(({ mode }) => ({
  plugins: [
    solid(),
    tailwindcss(),
    openInEditorForAppOnly(),
    contentSecurityPolicy(loadEnv(mode, import.meta.dirname).VITE_SPOOKY_DATABASE_URL ?? defaultDatabase.url),
  ],
  // Workspace packages are used from their sources: no build comes first, and a change in one shows at once.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // The supervisor chose the port and tells everyone about it, so moving to another one here would mislead.
  // Other pages on this machine have no business with the app's sources.
  server: { host, port, strictPort: true, cors: false, fs: servedFiles },
  preview: { host, port, strictPort: true },
  build: {
    target: 'es2023',
    rolldownOptions: {
      output: {
        // What changes seldom stays in the browser's cache when the app changes.
        codeSplitting: {
          groups: [
            { name: 'database', test: /node_modules[\\/](surrealdb|@cfworker)/, priority: 2 },
            { name: 'vendor', test: /node_modules/, priority: 1 },
          ],
        },
      },
    },
  },
}));
