import { RecordId, Uuid } from 'surrealdb';

const PLAIN = /^[A-Za-z0-9_]+$/;
const WHOLE_NUMBER = /^-?[0-9]+$/;
const UUID = /^u['"]([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})['"]$/;
// A quoted key. The SDK escapes only the closing bracket; any other backslash is ambiguous, so it is not accepted.
const QUOTED = [/^⟨((?:[^⟩\\]|\\⟩)+)⟩$/u, /^`([^`\\]+)`$/u];

/**
 * Reads a record id as the SDK prints it (`note:abc`, `note:42`, `note:⟨with space⟩`, `note:u'…'`). It does not use the
 * database's own parser, because that also runs functions (`note:ulid()`) and accepts ranges.
 *
 * @returns undefined for another table and for anything that is not a plain reference to one record
 */
export function parseRecordReference<Name extends string>(table: Name, text: string): RecordId<Name> | undefined {
  const prefix = `${table}:`;
  if (!text.startsWith(prefix)) return undefined;
  const key = text.slice(prefix.length);
  if (WHOLE_NUMBER.test(key)) {
    const number = BigInt(key);
    // The database stores 64 bits. A longer number is a name that should have been quoted.
    if (BigInt.asIntN(64, number) !== number) return undefined;
    return new RecordId(table, Number.isSafeInteger(Number(key)) ? Number(key) : number);
  }
  if (PLAIN.test(key)) return new RecordId(table, key);
  const uuid = UUID.exec(key)?.[1];
  if (uuid !== undefined) return new RecordId(table, new Uuid(uuid));
  for (const pattern of QUOTED) {
    const quoted = pattern.exec(key)?.[1];
    if (quoted !== undefined) return new RecordId(table, quoted.replaceAll('\\⟩', '⟩'));
  }
  return undefined;
}
