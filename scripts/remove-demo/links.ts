import path from 'node:path/posix';

/**
 * A document whose links to files that are gone are plain text: `[leak.spec.ts](../e2e/leak.spec.ts)` becomes
 * `leak.spec.ts (removed with the demo)`.
 *
 * @param document its path from the root
 * @param isGone whether a path from the root is gone
 */
export function withoutLinks(document: string, text: string, isGone: (file: string) => boolean): string {
  return text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g, (link, label: string, target: string) =>
    isGone(path.join(path.dirname(document), target)) ? `${label} (removed with the demo)` : link,
  );
}
