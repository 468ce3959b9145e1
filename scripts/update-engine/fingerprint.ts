import { createHash } from 'node:crypto';

/**
 * Returns a hash of the words of a text without the names of its project. `npm run rename` and `npm run format`, which
 * reorder imports and move line breaks, do not change it.
 *
 * @param names the package names of the clone and of the release
 */
export function fingerprintOf(content: Buffer, names: readonly string[]): string {
  const hash = createHash('sha1');
  if (content.includes(0)) return hash.update(content).digest('hex');
  const spellings = names.map((name) => name.replaceAll('-', '[-_ ]'));
  const words =
    content
      .toString()
      .replace(new RegExp(spellings.join('|'), 'gi'), ' ')
      .match(/\w+/g) ?? [];
  return hash.update(words.toSorted().join(' ')).digest('hex');
}
