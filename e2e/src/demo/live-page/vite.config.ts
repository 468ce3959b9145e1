import { defaultClientConditions, defineConfig } from 'vite';
import { gatewayProxy } from '../../../../apps/web/gateway-proxy.ts';

export default defineConfig({
  resolve: { conditions: ['source', ...defaultClientConditions] },
  preview: { proxy: gatewayProxy },
  build: { target: 'es2023' },
});
