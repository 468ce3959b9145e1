import { TextDecoder } from 'node:util';

/** A suggestion has at most 40 KB. The rest is for the reasoning that some models send with it. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The body of an answer is longer than any suggestion with its reasoning. */
export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';
  constructor() {
    super(`the answer has more than ${MOST_BYTES / 1024 / 1024} MiB`);
  }
}

/**
 * Reads a body as text. The byte-order mark decides about the charset, then Content-Type, then UTF-8. An unknown charset
 * counts as UTF-8.
 *
 * @throws BodyTooLong after 4 MiB; the rest is not read
 */
export async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new BodyTooLong();
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(response.headers.get('content-type') ?? '')?.[1];
  return decoderOf(markOf(bytes) ?? charset).decode(bytes);
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined;
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
