import type { Plugin } from 'vite';

/**
 * Writes a Content-Security-Policy into index.html: the page can connect only to its own origin, where the gateway is.
 *
 * 'self' includes sockets of the same host and port: the gateway's, and Vite's own for reloads. During development, Vite
 * puts styles into <style> elements, and its client runs an inline module; the policy allows exactly these. The built page
 * gets the strict policy.
 */
export function contentSecurityPolicy(): Plugin {
  let developing = false;
  return {
    name: 'spookify:content-security-policy',
    configResolved(config) {
      developing = config.command === 'serve' && config.isProduction === false;
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [
        {
          tag: 'meta',
          injectTo: 'head-prepend',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: policy(developing) },
        },
      ],
    },
  };
}

function policy(developing: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'self'${developing ? " 'unsafe-inline'" : ''}`,
    `style-src 'self'${developing ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}
