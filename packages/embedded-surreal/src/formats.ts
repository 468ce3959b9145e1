/** The two forms in which envelopes travel. Inside the server there is only CBOR. */
import { jsonify } from 'surrealdb';
import { codec } from './codec.ts';

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
      return codec.encode(JSON.parse(Buffer.from(message).toString('utf-8')));
    } catch {
      return undefined;
    }
  },
  write: (frame) => toJson(codec.decode(frame)),
};

/** Values that JSON lacks become text, as in SurrealQL; NONE is left out, or null where something must stand. */
export const toJson = (value: unknown): string => JSON.stringify(jsonify(value) ?? null);
