/** The two forms in which envelopes travel. Inside the server there is only CBOR. */
import { codec } from './codec.ts';
import { requestFromJson, toJson } from './json.ts';

export interface Format {
  /** Also the name of the WebSocket sub-protocol. */
  readonly name: 'cbor' | 'json';
  readonly binary: boolean;
  readonly contentType: string;
  /** A message as CBOR; undefined when it is not of this format. */
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
      // Not JSON, or nested deeper than the stack.
      return undefined;
    }
  },
  write: (frame) => toJson(codec.decode(frame)),
};

/** The format of a media type, as far as it is one of the two. */
export function formatOf(mediaType: string | undefined): Format | undefined {
  const name = mediaType?.split(';')[0]?.trim().toLowerCase();
  return [cborFormat, jsonFormat].find(({ contentType }) => contentType === name);
}
