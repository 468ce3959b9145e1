/**
 * Where to go after signing in: the page one came from, if it is one of this app. An address of another origin, in
 * whatever disguise, is not: a link to the sign-in page must not become a way out of it.
 */
export function nextPath(candidate: unknown): string {
  if (typeof candidate !== 'string' || !candidate.startsWith('/')) return '/';
  const here = new URL('http://here.invalid');
  let target: URL;
  try {
    target = new URL(candidate, here);
  } catch {
    return '/';
  }
  if (target.origin !== here.origin || target.pathname.startsWith('//')) return '/';
  if (/^\/sign-(in|up)$/.test(target.pathname)) return '/';
  return target.pathname + target.search + target.hash;
}

/** The sign-in page's address which leads back to `path`. */
export function signInPath(path: string, page: '/sign-in' | '/sign-up' = '/sign-in'): string {
  return path === '/' ? page : `${page}?next=${encodeURIComponent(path)}`;
}
