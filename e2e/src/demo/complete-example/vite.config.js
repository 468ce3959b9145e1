import { defaultClientConditions, defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

/** `spooky dev` chooses host, port and gateway. */
const { HOST, PORT, SPOOKY_GATEWAY_URL } = process.env;

export default defineConfig({
  plugins: [solid()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // Found while the page runs, they would reload it.
  optimizeDeps: { include: ['solid-js', 'solid-js/store', 'solid-js/web', 'surrealdb'] },
  server: {
    ...(HOST === undefined ? {} : { host: HOST }),
    port: Number(PORT),
    strictPort: true,
    proxy: { '^/spooky/': { target: SPOOKY_GATEWAY_URL ?? '', ws: true, changeOrigin: false } },
  },
});
