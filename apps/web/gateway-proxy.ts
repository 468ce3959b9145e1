/**
 * During development, the pages and the gateway share one origin, as they do behind nginx in production
 * (deploy/nginx.conf).
 */
import type { ProxyOptions } from 'vite';

/** The default address of `spooky gateway`. `spooky dev` sets the variable. */
const DEFAULT_URL = 'http://127.0.0.1:3668';

const ADDRESS = 'x-forwarded-for';

/**
 * Forwards `/spooky` to the gateway, including sockets. Host and Origin stay as the browser sent them, because the gateway
 * uses them to decide who may connect.
 */
export const gatewayProxy: Readonly<Record<string, ProxyOptions>> = {
  // A pattern: `/spooky` alone would also match the pages `/spooky-…`.
  '^/spooky/': {
    target: process.env.SPOOKY_GATEWAY_URL ?? DEFAULT_URL,
    ws: true,
    changeOrigin: false,
    configure(proxy) {
      // Replaces the header that the browser sent, because the gateway trusts a proxy on this machine.
      proxy.on('proxyReq', (passedOn, { socket }) => passedOn.setHeader(ADDRESS, socket.remoteAddress ?? ''));
      proxy.on('proxyReqWs', (passedOn, { socket }) => passedOn.setHeader(ADDRESS, socket.remoteAddress ?? ''));
    },
  },
};
