/*
 * Undoes the encodings of an answer's body. The runner asks for none, but proxies and frameworks compress all the same.
 *
 * A header may be wrong: bytes that are not what it says are taken as they are, since some proxies decode a body and leave
 * its header. Of an encoding that is unknown here the same holds. Whether the bytes are of use then shows when they are read.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

export type Decoded =
  | { readonly kind: 'decoded'; readonly bytes: Buffer }
  /** It is more than may be read. Nothing beyond the limit was decompressed. */
  | { readonly kind: 'too long' };

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  // By the standard deflate has a zlib header; some servers leave it out.
  deflate: (bytes, options) => (hasZlibHeader(bytes) ? inflateSync : inflateRawSync)(bytes, options),
  br: brotliDecompressSync,
};
/** Each layer costs a decompression; real answers have one, or two behind a careless proxy. */
const MOST_LAYERS = 3;

/**
 * The body without its encodings. It is decompressed at once: both sides of each step are short.
 *
 * @param body as it came, at most `maxBytes` long
 * @param header the value of Content-Encoding, such as `gzip` or `gzip, br`: in the order in which they were applied
 * @param maxBytes what each step may give at most
 */
export function decodeContent(body: Buffer, header: string, maxBytes: number): Decoded {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MOST_LAYERS) return { kind: 'decoded', bytes: body };
  let bytes = body;
  for (const name of names.reverse()) {
    const decoder = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
    try {
      if (bytes.length > 0) bytes = decoder?.(bytes, { maxOutputLength: maxBytes }) ?? bytes;
    } catch (error) {
      if (error instanceof RangeError) return { kind: 'too long' };
    }
  }
  return { kind: 'decoded', bytes };
}

/** Method 8 in the low half of the first byte, and a checksum of five bits (RFC 1950). */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
