/**
 * What a request to change the identity says about who it is for, read as the engine reads it.
 *
 * The engine knows the namespace, the database and the access of `signin` and `signup` as `NS` or `ns`, `DB` or `db`, `AC`
 * or `ac`, and no other spelling (tried: `access`, `Ac`, `sc`, `SC`); of two, the one in capitals counts. In a token's
 * claims they may also be called `https://surrealdb.com/ac` and so on. `refresh` reads the claims without checking the
 * signature, and signs in by them.
 */
import { MalformedCbor, major, readHead } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';

export interface Credentials {
  readonly values: Readonly<Record<string, unknown>>;
  /** The request itself, or the claims of a token in it: the engine looks for other names in each. */
  readonly source: 'request' | 'token';
}

/**
 * The credentials of `signin` and `signup`, or the claims in the token of `authenticate`, `refresh` and `revoke`; undefined
 * for what the engine refuses by itself. Throws MalformedCbor for what this server and the engine might read differently.
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

/** Whether they may be for an access of a database, which can make a client a record user. */
export const asksForDatabaseAccess = (credentials: Credentials): boolean =>
  mentions(credentials, 'access') && mentions(credentials, 'database');

const similar: Readonly<Record<Target, RegExp>> = {
  namespace: /^(?:https:\/\/surrealdb\.com\/)?(?:ns|namespace)$/i,
  database: /^(?:https:\/\/surrealdb\.com\/)?(?:db|database)$/i,
  access: /^(?:https:\/\/surrealdb\.com\/)?(?:ac|access)$/i,
};

/** In any spelling of the engine and some more: an access refused by mistake does no harm. */
const mentions = ({ values }: Credentials, what: Target): boolean =>
  Object.keys(values).some((name) => similar[what].test(name) && values[name] != null);

const exact: Readonly<Record<Target, readonly string[]>> = {
  namespace: ['NS', 'ns', 'https://surrealdb.com/ns', 'https://surrealdb.com/namespace'],
  database: ['DB', 'db', 'https://surrealdb.com/db', 'https://surrealdb.com/database'],
  access: ['AC', 'ac', 'https://surrealdb.com/ac', 'https://surrealdb.com/access'],
};

/** What the engine takes it for. A name that it does not know must not count, or each guess could carry another one. */
export function read({ values, source }: Credentials, what: Target): unknown {
  const names = source === 'token' ? exact[what] : exact[what].slice(0, 2);
  const name = names.find((known) => Object.hasOwn(values, known));
  return name === undefined ? undefined : (values[name] ?? undefined);
}

/** The claims of a token, its signature unchecked; none for what is no token. */
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
 * The SDK's codec reads text that comes in chunks as another text than the engine does, and drops a byte order mark at the
 * beginning of text: a key with one would hide the same key without it.
 */
function refuseAmbiguousText(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const head = readHead(bytes, at);
    const isText = head.major === major.text || head.major === major.bytes;
    if (isText && head.argument === -1) throw new MalformedCbor('credentials in chunks');
    if (head.major === major.text && startsWithMark(bytes, head.next)) throw new MalformedCbor('a byte order mark');
    at = isText ? head.next + head.argument : head.next;
  }
}

const startsWithMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
