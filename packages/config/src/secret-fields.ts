import type { PathSegment } from './source.ts';

/** The token that a backend must see: anything random will do, so it can be made up. */
export function isBackendToken(path: readonly PathSegment[]): boolean {
  const [section, , ...rest] = path;
  return section === 'backends' && rest.join('.') === 'auth.token';
}

/** Whether the field at `path` of sp00ky.yml holds a secret. */
export function isSecretField(path: readonly PathSegment[]): boolean {
  return isBackendToken(path) || path.join('.') === 'surrealdb.password';
}
