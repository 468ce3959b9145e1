import type { Plugin } from 'vite';

/**
 * Writes a Content-Security-Policy into index.html: the page talks to its own origin and to the database, nothing else.
 *
 * While developing, Vite puts styles into <style> elements, its client runs an inline module, and it reloads over a
 * socket of its own; the policy gives way for exactly these. What is published gets the strict one.
 */
export function contentSecurityPolicy(databaseUrl: string): Plugin {
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
          attrs: { 'http-equiv': 'Content-Security-Policy', content: policy(databaseUrl, developing) },
        },
      ],
    },
  };
}

function policy(databaseUrl: string, developing: boolean): string {
  const database = new URL(databaseUrl);
  const sockets = `${database.protocol}//${database.host}`;
  return [
    "default-src 'none'",
    `script-src 'self'${developing ? " 'unsafe-inline'" : ''}`,
    `style-src 'self'${developing ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${sockets}${developing ? ' ws:' : ''}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}
