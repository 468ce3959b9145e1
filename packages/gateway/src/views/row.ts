import { createHmac, hkdfSync } from 'node:crypto';
import { encodeValue } from '../wire/value.ts';

/**
 * A row in the form in which it is sent. It is encoded once for all sockets and all rounds in which it does not change.
 */
export interface Row {
  /** The fields as JSON, without the related rows. */
  readonly json: string;
  readonly hash: string;
}

/** @param known the previous row with this key; its hash is reused if nothing changed */
export type EncodeRow = (fields: Readonly<Record<string, unknown>>, known?: Row) => Row;

const HASH_CHARACTERS = 11;

/**
 * Creates the function that encodes and hashes rows. The hash key is derived from the token key: it is equal on every
 * gateway of a database, and a client cannot use hashes to guess values that it cannot see. With 66 bits, two rows of
 * one client practically never have the same hash.
 */
export function rowEncoder(tokenKey: string): EncodeRow {
  const key = Buffer.from(hkdfSync('sha256', tokenKey, '', 'spooky row hash', 32));
  return (fields, known) => {
    const json = JSON.stringify(encodeValue(fields));
    if (known?.json === json) return known;
    const hash = createHmac('sha256', key).update(json).digest('base64url').slice(0, HASH_CHARACTERS);
    return { json, hash };
  };
}
