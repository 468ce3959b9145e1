import { TextDecoder } from 'node:util';

/** Names of UTF-8, as nearly every backend writes its type: no decoder is made for these. */
const UTF8_TYPES: ReadonlySet<string | undefined> = new Set([
  undefined,
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
]);

/**
 * The text of a body. Its byte-order mark decides, then the charset of Content-Type, and without either it is UTF-8. A charset
 * that no decoder knows counts as UTF-8; bytes that make no sense in it become U+FFFD.
 */
export function textOf(bytes: Buffer, contentType: string | undefined): string {
  // A text in UTF-8 that starts with ASCII, as JSON does, has no byte-order mark.
  if ((bytes[0] ?? 0) < 0x80 && UTF8_TYPES.has(contentType)) return bytes.toString('utf8');
  // The decoder drops the mark of its own charset.
  return decoderOf(markOf(bytes) ?? charsetOf(contentType)).decode(bytes);
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return undefined;
}

function charsetOf(contentType = ''): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1];
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
