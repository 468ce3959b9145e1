import type { CookieSerializeOptions } from '@fastify/cookie';

/** The session cookie of the pages of one origin. */
export interface SessionCookie {
  readonly name: string;
  readonly attributes: CookieSerializeOptions;
}

/**
 * The cookie for an origin. With https, the prefix `__Host-` prevents other hosts of the domain from setting the
 * cookie. Otherwise the name contains the project and the port, because all ports of `localhost` share their cookies.
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
 * The values of all cookies with a name. More than one means that another page has set a cookie with this name.
 *
 * @param header the whole `Cookie` header
 */
export function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at !== -1 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
