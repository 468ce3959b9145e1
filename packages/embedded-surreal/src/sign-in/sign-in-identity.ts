/**
 * The identity that a sign-in attempt is for, in a form that no other spelling and no extra field changes.
 *
 *   a service user    level, namespace, database and name; the engine reads nothing else
 *   a record user     the access, and the value of each variable that its SIGNIN clause reads
 *
 * Only the schema knows which variable of a clause is the name and which the password, so each value is counted
 * separately. A client that guesses one person's password sends that person's name every time, in some field. Letter
 * case, width, accents as separate characters, and spaces do not count, because a schema may ignore them.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Engine } from '../engine/engine.ts';
import { accessVariables } from './access-variables.ts';
import { type Credentials, read } from './credentials.ts';

export interface SignInIdentity {
  /** Digests by which failures are counted. The original values may be long, and secret. */
  readonly accounts: readonly string[];
  /** Whether the identity is known exactly. After a success, later attempts for it may skip the pauses. */
  readonly identifiesOneUser: boolean;
}

/** More than any clause reads. It prevents a request from hiding a name among thousands of values. */
const MAX_VALUES = 64;

/** Undefined if the credentials have too many values to count. */
export async function signInIdentity(engine: Engine, credentials: Credentials): Promise<SignInIdentity | undefined> {
  const [namespace, database, access] = (['namespace', 'database', 'access'] as const).map((what) =>
    read(credentials, what),
  );
  const scope = [namespace, database, access].map(String);
  if (access === undefined)
    return { accounts: [digest([...scope, canonical(credentials.values.user)])], identifiesOneUser: true };
  const isNamed = typeof namespace === 'string' && typeof database === 'string' && typeof access === 'string';
  const variables = isNamed ? await accessVariables(engine, namespace, database, access) : [];
  const values = new Set(variables.flatMap((name) => leaves(credentials.values[name])));
  if (values.size > MAX_VALUES) return undefined;
  return { accounts: [...values].map((value) => digest([...scope, value])), identifiesOneUser: false };
}

/** Every single value, at any depth. */
function leaves(value: unknown): string[] {
  if (value === undefined || value === null || typeof value === 'boolean') return [];
  // The engine converts bytes to text when a clause asks for text.
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return [canonical(Buffer.from(bytesOf(value)).toString('utf-8'))];
  if (Array.isArray(value) || value instanceof Set) return Array.from(value).flatMap(leaves);
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain ? Object.values(value).flatMap(leaves) : [canonical(value)];
}

const bytesOf = (value: ArrayBuffer | ArrayBufferView): Uint8Array =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

/** Also unifies the several number types. */
function canonical(value: unknown): string {
  const text = String(value)
    .normalize('NFKD')
    .replaceAll(/[\p{Mark}\p{White_Space}\p{Default_Ignorable_Code_Point}]/gu, '');
  const folded = text.toUpperCase().toLowerCase();
  return folded !== '' && Number.isFinite(Number(folded)) ? String(Number(folded)) : folded;
}

const KEY = randomBytes(32);
const digest = (parts: readonly string[]): string =>
  createHmac('sha256', KEY).update(JSON.stringify(parts)).digest('base64');
