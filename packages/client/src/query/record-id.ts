import { RecordId, Uuid } from 'surrealdb';

/*
 * Record ids as text, parsed as SurrealDB does: `thread:abc`, `thread:12` (a number), `thread:⟨any text⟩`,
 * `` thread:`any text` ``, `thread:u'0191…'`. What SurrealDB reads only in part (it reads
 * `thread:a-b` as `thread:a`) is refused. So are keys that are lists or objects: write `new RecordId('thread', […])`.
 */

const QUOTED = '⟨((?:[^\\\\⟩]|\\\\.)*)⟩|`((?:[^\\\\`]|\\\\.)*)`';
const FORM = new RegExp(`^(?:([A-Za-z_]\\w*)|${QUOTED}):(?:([+-]?\\d+)|(\\w+)|${QUOTED}|u'([^']*)'|u"([^"]*)")$`, 's');
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Returns `undefined` for a text that is not a record id. */
export function parseRecordId(text: string): RecordId | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, plainTable, angledTable, tickedTable, number, plain, angled, ticked, uuid, quotedUuid] = match;
  const table = plainTable ?? unescaped(angledTable ?? tickedTable ?? '');
  if (table === undefined || table === '') return undefined;
  if (number !== undefined) return new RecordId(table, numberKey(number));
  if (plain !== undefined) return new RecordId(table, plain);
  const id = uuid ?? quotedUuid;
  if (id !== undefined) return uuidId(table, id);
  const key = unescaped(angled ?? ticked ?? '');
  return key === undefined ? undefined : new RecordId(table, key);
}

/** The database treats digits beyond 64 bits as text. */
function numberKey(text: string): number | bigint | string {
  const value = BigInt(text.replace('+', ''));
  if (value < INT64.min || value > INT64.max) return text;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function uuidId(table: string, text: string): RecordId | undefined {
  try {
    return new RecordId(table, new Uuid(text));
  } catch {
    return undefined;
  }
}

function unescaped(text: string): string | undefined {
  let known = true;
  const plain = text.replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))/gs, (_, code?: string, character = '') => {
    if (code !== undefined && Number.parseInt(code, 16) <= 0x10ffff) {
      return String.fromCodePoint(Number.parseInt(code, 16));
    }
    if (Object.hasOwn(ESCAPES, character)) return ESCAPES[character] ?? '';
    known &&= ['\\', '`', '⟩'].includes(character);
    return character;
  });
  return known ? plain : undefined;
}
