import { TextDecoder } from 'node:util';

/** Content types that mean UTF-8 and that nearly every backend sends: these need no decoder. */
const UTF8_TYPES: ReadonlySet<string | undefined> = new Set([
  undefined,
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
]);

/**
 * Decodes a body to text. The byte-order mark decides, then the charset of Content-Type, then UTF-8. An unknown charset
 * counts as UTF-8; invalid bytes become U+FFFD.
 */
export function textOf(bytes: Buffer, contentType: string | undefined): string {
  // UTF-8 text that starts with ASCII, like JSON, has no byte-order mark.
  if ((bytes[0] ?? 0) < 0x80 && UTF8_TYPES.has(contentType)) return bytes.toString('utf8');
  // The decoder removes the byte-order mark of its own charset.
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
