/** Reads and replaces the SurrealQL text in the parameters of a `query` request. */
import { arrayItems, major, readHead, skipValue, writeHead, writeText } from './cbor.ts';

/** The bytes of the first parameter; undefined if it is not text. The engine then reports the error. */
export function queryText(params: Uint8Array): Buffer | undefined {
  const [first] = arrayItems(params, 0);
  if (first === undefined) return undefined;
  const head = readHead(params, first);
  if (head.major !== major.text) return undefined;
  if (head.argument !== -1) return view(params, head.next, head.next + head.argument);
  const chunks: Buffer[] = [];
  const end = skipValue(params, first) - 1;
  for (let at = head.next; at < end; at = skipValue(params, at)) {
    const chunk = readHead(params, at);
    chunks.push(view(params, chunk.next, chunk.next + chunk.argument));
  }
  return Buffer.concat(chunks);
}

/** Whether the text is sent in chunks, which can split a keyword. */
export function isChunked(params: Uint8Array): boolean {
  const [first] = arrayItems(params, 0);
  return first !== undefined && readHead(params, first).argument === -1;
}

/** The same parameters with another text. */
export function withText(params: Uint8Array, text: string): Uint8Array {
  const [first, ...rest] = arrayItems(params, 0);
  if (first === undefined) return params;
  const tail = rest.map((at) => params.subarray(at, skipValue(params, at)));
  return Buffer.concat([writeHead(major.array, rest.length + 1), writeText(text), ...tail]);
}

const view = (bytes: Uint8Array, start: number, end: number): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
