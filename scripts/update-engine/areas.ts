/** Which files of a release an update copies to a clone, and how. */

/** Files outside of `packages/` and `bench/` that belong to the engine. */
const ENGINE = [
  /^(?:packages|bench|scripts\/(?:boundary|remedies|update-engine))\//,
  /^scripts\/(?:turbo\.js|rename\.ts|update-engine(?:\.test)?\.ts)$/,
];

/** Settings at the root that engine and owner share. */
const SHARED = [/^(?:biome|knip|turbo|tsconfig(?:\.base|\.build)?)\.json$/, /^vitest\.config\.ts$/];

const PAGES = [/^docs\/.+\.(?:md|png)$/, /^CHANGELOG\.md$/];
/** Pages that a clone generates from its own code and schema. */
const RECORDED = /^docs\/(?:errors|permissions|session)\.md$/;

/** Names the release that the engine of a clone comes from. Each update writes it; no release contains it. */
export const RECORD = 'packages/engine.json';

/**
 * - `engine`, `shared`: merged three-way if owner and release both changed the file. Without the old release, an `engine`
 * file
 *    is replaced and a `shared` one stays.
 * - `page`: follows the release until the owner changes it.
 * - `owner`: never changed.
 */
export type Area = 'engine' | 'shared' | 'page' | 'owner';

/** @param file from the root, with `/` */
export function areaOf(file: string): Area {
  const isIn = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(file));
  if (file === RECORD) return 'owner';
  if (isIn(ENGINE)) return 'engine';
  if (isIn(SHARED)) return 'shared';
  return isIn(PAGES) && !RECORDED.test(file) ? 'page' : 'owner';
}
