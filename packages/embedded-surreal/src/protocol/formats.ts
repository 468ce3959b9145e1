/** The two formats of envelopes. Inside the server everything is CBOR. */
import { codec } from './codec.ts';
import { requestFromJson, toJson } from './json.ts';

/** How messages of one format are read and written. */
export interface Format {
  /** Also the name of the WebSocket sub-protocol. */
  readonly name: 'cbor' | 'json';
  readonly binary: boolean;
  readonly contentType: string;
  /** Converts a message to CBOR. Undefined if it is not of this format. */
  read(message: Uint8Array): Uint8Array | undefined;
  write(frame: Uint8Array): Uint8Array | string;
}

export const cborFormat: Format = {
  name: 'cbor',
  binary: true,
  contentType: 'application/cbor',
  read: (message) => message,
  write: (frame) => frame,
};

export const jsonFormat: Format = {
  name: 'json',
  binary: false,
  contentType: 'application/json',
  read: (message) => {
    try {
      return codec.encode(requestFromJson(Buffer.from(message).toString('utf-8')));
    } catch {
      // Not JSON, or nested too deeply for the stack.
      return undefined;
    }
  },
  write: (frame) => toJson(codec.decode(frame)),
};

/** The format of a media type; undefined if it is neither of the two. */
export function formatOf(mediaType: string | undefined): Format | undefined {
  const name = mediaType?.split(';')[0]?.trim().toLowerCase();
  return [cborFormat, jsonFormat].find(({ contentType }) => contentType === name);
}
