import { resolve } from 'node:path';
import { invalidOption } from '../option-checks.ts';

/**
 * What an entry may do under Node's permission model. It can always read its own code: everything under `dist/` of the
 * root. Other files, child processes, worker threads and native addons are refused unless listed here. The network is
 * not restricted. Node calls the model a seat belt: it stops mistakes, not malicious code.
 */
export interface Permissions {
  /**
   * Files and folders, with their contents, that may be read. Relative to the root. Must include packages that the
   * entry imports. Default: none.
   */
  readonly read?: readonly string[];
  /** Files and folders, with their contents, that may be written. Relative to the root. Default: none. */
  readonly write?: readonly string[];
  /** Whether it may start child processes, which are not restricted by the model. Default false. */
  readonly childProcesses?: boolean;
  /** Whether it may start worker threads. Default false. */
  readonly workers?: boolean;
  /** Whether it may load native addons. Default false. */
  readonly addons?: boolean;
}

/**
 * Returns the Node flags for the heap limit and permissions of an entry.
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
    if (!Number.isInteger(heapLimitMb) || heapLimitMb < 1) throw invalidOption('heapLimitMb must be 1 MiB or more.');
    flags.push(`--max-old-space-size=${heapLimitMb}`);
  }
  if (permissions === undefined) return flags;
  if (typeof permissions !== 'object' || permissions === null) throw invalidOption('permissions must be an object.');
  const { read = [], write = [], childProcesses, workers, addons } = permissions;
  flags.push('--permission');
  for (const path of [runtime, 'dist', ...paths('read', read)]) flags.push(`--allow-fs-read=${resolve(root, path)}`);
  for (const path of paths('write', write)) flags.push(`--allow-fs-write=${resolve(root, path)}`);
  if (childProcesses === true) flags.push('--allow-child-process');
  if (workers === true) flags.push('--allow-worker');
  if (addons === true) flags.push('--allow-addons');
  return flags;
}

/** Node treats `*` as a wildcard, so a path that contains one would allow more than it names. */
function paths(name: string, given: readonly string[]): readonly string[] {
  const good = Array.isArray(given) && given.every((path) => typeof path === 'string' && path !== '');
  if (good && !given.some((path) => path.includes('*'))) return given;
  throw invalidOption(
    `permissions.${name} must be a list of paths without wildcards; a folder includes everything below it.`,
  );
}
