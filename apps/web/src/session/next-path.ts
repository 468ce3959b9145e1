/**
 * Returns where to go after sign-in: the previous page, if it belongs to this app. An address of another origin is rejected
 * in every form, because a link to the sign-in page must not lead to another site.
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

/** Returns the address of the sign-in page that leads back to `path`. */
export function signInPath(path: string, page: '/sign-in' | '/sign-up' = '/sign-in'): string {
  return path === '/' ? page : `${page}?next=${encodeURIComponent(path)}`;
}
