import { createHmac, hkdfSync } from 'node:crypto';
import { encodeValue } from '../wire/value.ts';

/** One row as it is sent: encoded once, for every socket and every round in which it is the same. */
export interface Row {
  /** The fields without the related rows, as JSON. */
  readonly json: string;
  readonly hash: string;
}

/** @param known the row under the same key before, whose hash is used again if nothing changed */
export type EncodeRow = (fields: Readonly<Record<string, unknown>>, known?: Row) => Row;

const HASH_CHARACTERS = 11;

/**
 * Rows are hashed with a key that follows from the token key: equal on every gateway of a database, and useless for guessing
 * a value that a client cannot see. 66 bits: two of a client's rows must not have the same.
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
