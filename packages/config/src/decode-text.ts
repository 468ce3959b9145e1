import { isUtf8 } from 'node:buffer';

/** Why bytes cannot be used as text. Line and column start at 1. */
export interface EncodingFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The text of a file, without its byte-order mark. */
export interface DecodedText {
  readonly text: string;
  readonly hasMark: boolean;
}

const NEWLINE = 0x0a;
const MARK = /^\uFEFF+/;
const REMEDY = 'save it as UTF-8 (in Windows PowerShell: Set-Content -Encoding utf8)';

/**
 * Decodes UTF-8 with or without a byte-order mark. Other encodings and NUL characters are faults: read as UTF-8 they would
 * become text that only looks right.
 */
export function decodeText(bytes: Uint8Array): DecodedText | { readonly fault: EncodingFault } {
  const other = otherEncoding(bytes);
  if (other !== undefined) return { fault: { line: 1, column: 1, message: other } };
  if (!isUtf8(bytes)) return { fault: invalidByte(bytes) };
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const message = 'there is a NUL character, so this may not be text; remove it, or name a text file';
    return { fault: { ...placeOf(bytes, nul), message } };
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return { text: text.replace(MARK, ''), hasMark: text.startsWith('\uFEFF') };
}

/** Returns what to do about a file in UTF-16 or UTF-32, recognised by its first bytes, or undefined. */
export function otherEncoding(start: Uint8Array): string | undefined {
  const [first, second, third, fourth] = start;
  const isUtf32 = (first === 0xff && second === 0xfe && third === 0 && fourth === 0) || (first === 0 && second === 0);
  if (isUtf32) return `this is UTF-32; ${REMEDY}`;
  const isUtf16 =
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    // Without a mark. The first character of these files is ASCII.
    (start.length > 1 && (first === 0) !== (second === 0));
  return isUtf16 ? `this is UTF-16; ${REMEDY}` : undefined;
}

/** The place of the first byte that is not UTF-8, in bytes that have one. */
export function invalidByte(bytes: Uint8Array): EncodingFault {
  let line = 1;
  for (let from = 0; ; line += 1) {
    const end = bytes.indexOf(NEWLINE, from);
    const part = bytes.subarray(from, end === -1 ? bytes.length : end);
    if (!isUtf8(part) || end === -1) {
      const column = Math.max(0, new TextDecoder().decode(part).indexOf('\uFFFD')) + 1;
      const message = `this byte is not UTF-8, so the file may be in Windows-1252 or not be text; ${REMEDY}`;
      return { line, column, message };
    }
    from = end + 1;
  }
}

function placeOf(bytes: Uint8Array, offset: number): { line: number; column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
