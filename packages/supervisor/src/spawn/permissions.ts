import { resolve } from 'node:path';
import { invalid } from '../option-checks.ts';

/**
 * What an entry may do under Node's permission model. Its own code, everything under `dist/` of the root, can always be
 * read; the rest is refused unless it is listed: files, child processes, worker threads, native addons. The network is
 * not restricted. Node calls the model a seat belt: it stops mistakes, not code that is out to break it.
 */
export interface Permissions {
  /** Files and folders that may be read, with all below them; relative to the root. Packages that it imports, too. */
  readonly read?: readonly string[];
  /** Files and folders that may be written, with all below them; relative to the root. */
  readonly write?: readonly string[];
  /** Default false. Children are not under the model. */
  readonly childProcesses?: boolean;
  /** Default false. */
  readonly workers?: boolean;
  /** Default false. */
  readonly addons?: boolean;
}

/**
 * The flags of Node for an entry's limits.
 *
 * @param runtime the folder of the child runtime, which must be readable as well
 */
export function nodeFlags(
  given: { readonly heapLimitMb?: number; readonly permissions?: Permissions },
  root: string,
  runtime: string,
): string[] {
  const { heapLimitMb, permissions } = given;
  const flags: string[] = [];
  if (heapLimitMb !== undefined) {
    if (!Number.isInteger(heapLimitMb) || heapLimitMb < 1) throw invalid('heapLimitMb must be 1 MiB or more.');
    flags.push(`--max-old-space-size=${heapLimitMb}`);
  }
  if (permissions === undefined) return flags;
  if (typeof permissions !== 'object' || permissions === null) throw invalid('permissions must be an object.');
  const { read = [], write = [], childProcesses, workers, addons } = permissions;
  flags.push('--permission');
  for (const path of [runtime, 'dist', ...paths('read', read)]) flags.push(`--allow-fs-read=${resolve(root, path)}`);
  for (const path of paths('write', write)) flags.push(`--allow-fs-write=${resolve(root, path)}`);
  if (childProcesses === true) flags.push('--allow-child-process');
  if (workers === true) flags.push('--allow-worker');
  if (addons === true) flags.push('--allow-addons');
  return flags;
}

/** Node reads `*` as a wildcard: a path that holds one would allow more than it says. */
function paths(name: string, given: readonly string[]): readonly string[] {
  const good = Array.isArray(given) && given.every((path) => typeof path === 'string' && path !== '');
  if (good && !given.some((path) => path.includes('*'))) return given;
  throw invalid(`permissions.${name} must be a list of paths, without wildcards; a folder stands for all below it.`);
}
