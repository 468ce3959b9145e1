import path from 'node:path/posix';

/**
 * Replaces links to removed files in a document with plain text: `[leak.spec.ts](../e2e/leak.spec.ts)` becomes
 * `leak.spec.ts (removed with the demo)`.
 *
 * @param document the path of the document from the root
 * @param isGone whether the file at a path from the root is removed
 */
export function withoutLinks(document: string, text: string, isGone: (file: string) => boolean): string {
  return text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g, (link, label: string, target: string) =>
    isGone(path.join(path.dirname(document), target)) ? `${label} (removed with the demo)` : link,
  );
}
