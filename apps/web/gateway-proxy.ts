/** While developing, the pages and the gateway are one origin, as nginx makes them in production (deploy/nginx.conf). */
import type { ProxyOptions } from 'vite';

/** Where `spooky gateway` listens unless it is given another address. `spooky dev` sets the variable. */
const DEFAULT_URL = 'http://127.0.0.1:3668';

const ADDRESS = 'x-forwarded-for';

/**
 * Passes `/spooky` on to the gateway, sockets too. Host and Origin stay as the browser sent them, because the gateway decides by
 * them who may connect.
 */
export const gatewayProxy: Readonly<Record<string, ProxyOptions>> = {
  // A pattern: `/spooky` alone would also match the pages `/spooky-…`.
  '^/spooky/': {
    target: process.env.SPOOKY_GATEWAY_URL ?? DEFAULT_URL,
    ws: true,
    changeOrigin: false,
    configure(proxy) {
      // In the place of what the browser sent: the gateway believes a proxy on this machine.
      proxy.on('proxyReq', (passedOn, { socket }) => passedOn.setHeader(ADDRESS, socket.remoteAddress ?? ''));
      proxy.on('proxyReqWs', (passedOn, { socket }) => passedOn.setHeader(ADDRESS, socket.remoteAddress ?? ''));
    },
  },
};
