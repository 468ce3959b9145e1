import type { CookieSerializeOptions } from '@fastify/cookie';

/** The cookie of the pages of one origin. */
export interface SessionCookie {
  readonly name: string;
  readonly attributes: CookieSerializeOptions;
}

/**
 * Under https the prefix `__Host-` keeps other hosts of the domain from setting the cookie. Elsewhere the name holds the
 * project and the port, because all ports of `localhost` share their cookies.
 *
 * @param origin one of the allowed origins
 */
export function cookieFor(origin: string, project: string): SessionCookie {
  const { protocol, port } = new URL(origin);
  const common = { httpOnly: true, sameSite: 'strict' } as const;
  if (protocol === 'https:') return { name: '__Host-spooky', attributes: { ...common, secure: true, path: '/' } };
  const safe = project.replaceAll(/[^\w-]/g, '-');
  return { name: `spooky-${safe}-${port || '80'}`, attributes: { ...common, path: '/spooky' } };
}

/**
 * The values of all cookies of a name. More than one is a sign of another page's cookie over this one.
 *
 * @param header the whole `Cookie` header
 */
export function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at !== -1 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
