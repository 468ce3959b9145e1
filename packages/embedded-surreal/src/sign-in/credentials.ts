/**
 * What a request to change the identity says about who it is for, read as the engine reads it.
 *
 * The engine knows the namespace, the database and the access of `signin` and `signup` as `NS` or `ns`, `DB` or `db`, `AC`
 * or `ac`, and no other spelling (tried: `access`, `Ac`, `sc`, `SC`). In a token's claims they may also be called
 * `https://surrealdb.com/ac` and so on. `refresh` reads the claims without checking the signature, and signs in by them.
 */
import { MalformedCbor, major, readHead } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';

export type Credentials = Readonly<Record<string, unknown>>;

/**
 * The credentials of `signin` and `signup`, or the claims in the token of `authenticate`, `refresh` and `revoke`; undefined
 * for what the engine refuses by itself. Throws MalformedCbor for what this server and the engine might read differently.
 */
export function readCredentials(method: string, params: Uint8Array): Credentials | undefined {
  const [first] = decode(params);
  if (method === 'signin' || method === 'signup') return isObject(first) ? first : undefined;
  if (method === 'authenticate') return typeof first === 'string' ? claimsOf(first) : undefined;
  if (typeof first === 'string') return claimsOf(first);
  return isObject(first) ? claimsOf(String(first.access)) : undefined;
}

/** Whether they are for an access of a database, which can make somebody a record user. */
export const asksForDatabaseAccess = (credentials: Credentials): boolean =>
  read(credentials, 'access') !== undefined && read(credentials, 'database') !== undefined;

const names = {
  namespace: /^(?:https:\/\/surrealdb\.com\/)?(?:ns|namespace)$/i,
  database: /^(?:https:\/\/surrealdb\.com\/)?(?:db|database)$/i,
  access: /^(?:https:\/\/surrealdb\.com\/)?(?:ac|access)$/i,
} as const;

/** What they name, in any spelling of the engine and some more. */
export function read(credentials: Credentials, what: keyof typeof names): unknown {
  const key = Object.keys(credentials).find((name) => names[what].test(name) && credentials[name] != null);
  return key === undefined ? undefined : credentials[key];
}

/** The claims of a token, its signature unchecked; none for what is no token. */
function claimsOf(token: string): Credentials {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.').at(-2) ?? '', 'base64url').toString('utf-8'));
    return isObject(payload) ? payload : {};
  } catch {
    return {};
  }
}

function decode(params: Uint8Array): unknown[] {
  refuseChunks(params);
  try {
    const values = codec.decode(params);
    return Array.isArray(values) ? values : [];
  } catch (cause) {
    throw new MalformedCbor('credentials that cannot be read', { cause });
  }
}

/** The SDK's codec reads text that comes in chunks as another text than the engine does. */
function refuseChunks(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const head = readHead(bytes, at);
    const isText = head.major === major.text || head.major === major.bytes;
    if (isText && head.argument === -1) throw new MalformedCbor('credentials in chunks');
    at = isText ? head.next + head.argument : head.next;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
