import { createHash } from 'node:crypto';

/**
 * A hash of the words of a text without the names of its project. The same before and after `npm run rename` and
 * `npm run format`, which order imports again and break lines in other places.
 *
 * @param names of the clone and of the release, as package names
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
