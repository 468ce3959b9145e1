/**
 * Reads from a sign-in request whom it is for, in the same way as the engine.
 *
 * The engine accepts the namespace, the database and the access of `signin` and `signup` as `NS` or `ns`, `DB` or `db`,
 * `AC` or `ac`, and in no other spelling (tried: `access`, `Ac`, `sc`, `SC`). If both are given, the upper-case one
 * counts. The claims of a token may also use names such as `https://surrealdb.com/ac`. `refresh` reads the claims and
 * signs in by them without checking the signature.
 */
import { MalformedCbor, major, readHead } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';

export interface Credentials {
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * Whether the values come from the request itself or from the claims of a token in it. The engine accepts other names
   * in each.
   */
  readonly source: 'request' | 'token';
}

/**
 * The credentials of `signin` and `signup`, or the claims in the token of `authenticate`, `refresh` and `revoke`.
 * Undefined for values that the engine itself refuses. Throws MalformedCbor for values that this server and the engine
 * might read differently.
 */
export function readCredentials(method: string, params: Uint8Array): Credentials | undefined {
  const [first] = decode(params);
  if (method === 'signin' || method === 'signup')
    return isObject(first) ? { values: first, source: 'request' } : undefined;
  if (method === 'authenticate') return typeof first === 'string' ? claimsOf(first) : undefined;
  if (typeof first === 'string') return claimsOf(first);
  return isObject(first) ? claimsOf(String(first.access)) : undefined;
}

type Target = 'namespace' | 'database' | 'access';

/** Whether the credentials may name an access of a database, which can sign in a record user. */
export const asksForDatabaseAccess = (credentials: Credentials): boolean =>
  mentions(credentials, 'access') && mentions(credentials, 'database');

const similar: Readonly<Record<Target, RegExp>> = {
  namespace: /^(?:https:\/\/surrealdb\.com\/)?(?:ns|namespace)$/i,
  database: /^(?:https:\/\/surrealdb\.com\/)?(?:db|database)$/i,
  access: /^(?:https:\/\/surrealdb\.com\/)?(?:ac|access)$/i,
};

/** Accepts every spelling of the engine and more. Refusing an access by mistake does no harm. */
const mentions = ({ values }: Credentials, what: Target): boolean =>
  Object.keys(values).some((name) => similar[what].test(name) && values[name] != null);

const exact: Readonly<Record<Target, readonly string[]>> = {
  namespace: ['NS', 'ns', 'https://surrealdb.com/ns', 'https://surrealdb.com/namespace'],
  database: ['DB', 'db', 'https://surrealdb.com/db', 'https://surrealdb.com/database'],
  access: ['AC', 'ac', 'https://surrealdb.com/ac', 'https://surrealdb.com/access'],
};

/**
 * The value that the engine uses. A name that the engine does not know must not count, or each guess could carry
 * another one.
 */
export function read({ values, source }: Credentials, what: Target): unknown {
  const names = source === 'token' ? exact[what] : exact[what].slice(0, 2);
  const name = names.find((known) => Object.hasOwn(values, known));
  return name === undefined ? undefined : (values[name] ?? undefined);
}

/** The claims of a token, without checking its signature. Empty for text that is not a token. */
function claimsOf(token: string): Credentials {
  return { values: payloadOf(token), source: 'token' };
}

function payloadOf(token: string): Credentials['values'] {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.').at(-2) ?? '', 'base64url').toString('utf-8'));
    return isObject(payload) ? payload : {};
  } catch {
    return {};
  }
}

function decode(params: Uint8Array): unknown[] {
  refuseAmbiguousText(params);
  try {
    const values = codec.decode(params);
    return Array.isArray(values) ? values : [];
  } catch (cause) {
    throw new MalformedCbor('credentials that cannot be read', { cause });
  }
}

/**
 * The SDK's codec reads chunked text differently from the engine and drops a byte order mark at the start of text, so a
 * key with such a mark would hide the same key without it.
 */
function refuseAmbiguousText(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const head = readHead(bytes, at);
    const isText = head.major === major.text || head.major === major.bytes;
    if (isText && head.argument === -1) throw new MalformedCbor('chunked credentials');
    if (head.major === major.text && startsWithMark(bytes, head.next))
      throw new MalformedCbor('a byte order mark in the credentials');
    at = isText ? head.next + head.argument : head.next;
  }
}

const startsWithMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
