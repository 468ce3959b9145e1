import type { PathSegment } from './source.ts';

/** Whether the field is the token of a backend. Any random text is a valid token, so it can be generated. */
export function isBackendToken(path: readonly PathSegment[]): boolean {
  const [section, , ...rest] = path;
  return section === 'backends' && rest.join('.') === 'auth.token';
}

/** Whether the field at `path` of sp00ky.yml is a secret. */
export function isSecretField(path: readonly PathSegment[]): boolean {
  return isBackendToken(path) || path.join('.') === 'surrealdb.password';
}
