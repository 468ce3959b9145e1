/*
 * Decodes the content encodings of an answer's body. The runner asks for none, but some proxies and frameworks compress
 * anyway.
 *
 * A header may be wrong: some proxies decompress a body and keep its header. Bytes that do not match the header, and
 * bytes in an unknown encoding, are passed on unchanged. Parsing them then shows whether they are usable.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

export type Decoded =
  | { readonly kind: 'decoded'; readonly bytes: Buffer }
  /** The decoded body exceeds the limit. Nothing beyond the limit was decompressed. */
  | { readonly kind: 'too long' };

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  // The standard says that deflate has a zlib header; some servers leave it out.
  deflate: (bytes, options) => (hasZlibHeader(bytes) ? inflateSync : inflateRawSync)(bytes, options),
  br: brotliDecompressSync,
};
/** Each layer costs a decompression. Real answers have one layer, or two behind a careless proxy. */
const MAX_LAYERS = 3;

/**
 * Removes the encodings of a body. Works synchronously, because input and output of each step are short.
 *
 * @param body as received, at most `maxBytes` long
 * @param header the value of Content-Encoding, such as `gzip` or `gzip, br`: in the order in which they were applied
 * @param maxBytes the limit for the output of each step
 */
export function decodeContent(body: Buffer, header: string, maxBytes: number): Decoded {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MAX_LAYERS) return { kind: 'decoded', bytes: body };
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

/** Compression method 8 in the low half of the first byte, and a five-bit checksum (RFC 1950). */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
