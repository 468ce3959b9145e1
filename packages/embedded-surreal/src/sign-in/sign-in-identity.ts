/**
 * The identity that an attempt to sign in is for, in a form that no spelling and no extra field changes.
 *
 *   a service user    level, namespace, database and name; the engine looks at nothing else
 *   a record user     the access, and the value of each variable that its SIGNIN clause reads
 *
 * Which of a clause's variables is the name and which the password only the schema knows, so each value counts by itself:
 * a client that guesses one person's password sends that person's name every time, in some field. Letters' case, width and
 * accents as separate characters, and spaces around and within do not count, because a schema may ignore them.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Engine } from '../engine/engine.ts';
import { accessVariables } from './access-variables.ts';
import { type Credentials, read } from './credentials.ts';

export interface SignInIdentity {
  /** Digests of what failures are counted by; a client's values may be long, and secrets. */
  readonly accounts: readonly string[];
  /** Attempts for one of these may be let through after a success: only this identity can have it. */
  readonly isSingle: boolean;
}

/** More than any clause reads; so a request cannot hide a name among thousands of values. */
const MOST_VALUES = 64;

/** Undefined when the credentials have more values than can be counted. */
export async function signInIdentity(engine: Engine, credentials: Credentials): Promise<SignInIdentity | undefined> {
  const [namespace, database, access] = (['namespace', 'database', 'access'] as const).map((what) =>
    read(credentials, what),
  );
  const scope = [namespace, database, access].map(String);
  if (access === undefined)
    return { accounts: [digest([...scope, canonical(credentials.values.user)])], isSingle: true };
  const isNamed = typeof namespace === 'string' && typeof database === 'string' && typeof access === 'string';
  const variables = isNamed ? await accessVariables(engine, namespace, database, access) : [];
  const values = new Set(variables.flatMap((name) => leaves(credentials.values[name])));
  if (values.size > MOST_VALUES) return undefined;
  return { accounts: [...values].map((value) => digest([...scope, value])), isSingle: false };
}

/** Every single value, however deep. */
function leaves(value: unknown): string[] {
  if (value === undefined || value === null || typeof value === 'boolean') return [];
  // The engine turns bytes into text when a clause asks for text.
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

/** Also numbers in their many types. */
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
