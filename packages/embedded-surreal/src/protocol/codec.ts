import { CborCodec, Uuid } from 'surrealdb';

/** The SDK's CBOR codec, for the few values that the server itself creates or reads. */
const cbor = new CborCodec({});

export const codec = {
  encode: (value: unknown): Uint8Array => new Uint8Array(cbor.encode(value)),
  decode: (bytes: Uint8Array): unknown => cbor.decode(bytes),
  uuid: (text: string): Uuid => new Uuid(text),
};
