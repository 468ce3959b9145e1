/**
 * The envelopes of SurrealDB's RPC protocol. A request is taken apart only as far as the server has to know it;
 * its id and its parameters stay the bytes they came as. What the engine answers is put into an envelope unread.
 */
import {
  isNullish,
  MAX_REQUEST_DEPTH,
  MalformedCbor,
  major,
  readHead,
  readMap,
  readText,
  readUuid,
  skipValue,
  writeHead,
  writeMap,
  writeText,
  writeUuid,
} from './cbor.ts';
import { codec } from './codec.ts';
import { invalidRequest, parseError, type RpcError } from './rpc-error.ts';

export interface RequestFrame {
  /** The client's request id as it came; absent for a request that did not name one. */
  readonly id: Uint8Array | undefined;
  readonly method: string;
  /** A CBOR array, always. */
  readonly params: Uint8Array;
  /** The session as the client calls it; undefined is the connection's own. */
  readonly session: string | undefined;
  readonly transaction: string | undefined;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: RequestFrame }
  | { readonly ok: false; readonly id: Uint8Array | undefined; readonly error: RpcError };

const emptyArray: Uint8Array = Uint8Array.of(major.array << 5);

/** Takes a request apart. Never throws: what cannot be understood comes back as the error to answer with. */
export function parseRequest(bytes: Uint8Array): ParsedRequest {
  const fields = new Map<string, number>();
  let id: Uint8Array | undefined;
  let params = emptyArray;
  try {
    const take = (key: string, start: number, end: number): void => {
      fields.set(key, start);
      if (key === 'id') id = isNone(bytes, start) ? undefined : bytes.subarray(start, end);
      if (key === 'params' && readHead(bytes, start).major === major.array) params = bytes.subarray(start, end);
    };
    const end = readMap(bytes, 0, take, MAX_REQUEST_DEPTH);
    if (end !== bytes.length) throw new MalformedCbor('something follows the request');
    return checkRequest(bytes, fields, id, params);
  } catch (error) {
    if (error instanceof MalformedCbor) return { ok: false, id: undefined, error: parseError() };
    throw error;
  }
}

function checkRequest(
  bytes: Uint8Array,
  fields: ReadonlyMap<string, number>,
  id: Uint8Array | undefined,
  params: Uint8Array,
): ParsedRequest {
  const invalid: ParsedRequest = { ok: false, id: undefined, error: invalidRequest() };
  if (id !== undefined && !isScalar(id)) return invalid;
  const methodAt = fields.get('method');
  const method = methodAt === undefined ? undefined : readText(bytes, methodAt);
  const session = optionalUuid(bytes, fields.get('session'));
  const transaction = optionalUuid(bytes, fields.get('txn'));
  if (method === undefined || session === null || transaction === null) return invalid;
  return { ok: true, request: { id, method, params, session, transaction } };
}

/** Null when something other than a UUID stands there. */
function optionalUuid(bytes: Uint8Array, at: number | undefined): string | undefined | null {
  if (at === undefined || isNullish(bytes, at)) return undefined;
  return readUuid(bytes, at) ?? null;
}

const isNone = (bytes: Uint8Array, at: number): boolean => isNullish(bytes, at) && bytes[at] !== 0xf6;

/** Numbers, text, null, UUIDs and dates can be ids; containers and bytes cannot. */
function isScalar(value: Uint8Array): boolean {
  const head = readHead(value, 0);
  switch (head.major) {
    case major.unsigned:
    case major.negative:
      return true;
    case major.text:
      return readText(value, 0) !== undefined || head.argument === -1;
    case major.tag:
    case major.simple:
      return isKnown(value);
    default:
      return false;
  }
}

/** An id goes back as it came, so it has to be one that a client can read. */
function isKnown(value: Uint8Array): boolean {
  try {
    codec.decode(value);
    return true;
  } catch {
    return false;
  }
}

/** The keys of the envelopes, as they are written. */
const key = {
  id: writeText('id'),
  method: writeText('method'),
  params: writeText('params'),
  session: writeText('session'),
  txn: writeText('txn'),
  result: writeText('result'),
  error: writeText('error'),
} as const;

/** The request as the engine takes it, on one of its own sessions. */
export function engineRequest(
  method: string,
  params: Uint8Array,
  engineSession: string | undefined,
  transaction?: string,
): Uint8Array {
  const entries = [key.method, writeText(method), key.params, params];
  if (engineSession !== undefined) entries.push(key.session, writeUuid(engineSession));
  if (transaction !== undefined) entries.push(key.txn, writeUuid(transaction));
  return writeMap(entries.length / 2, entries);
}

/** The parameters of `kill`, `commit` and `cancel`. */
export const uuidParams = (uuid: string): Uint8Array => Buffer.concat([writeHead(major.array, 1), writeUuid(uuid)]);

/** What became of a request: the engine's bytes, or an error, which may also be the engine's bytes. */
export type Reply =
  | { readonly ok: true; readonly result: Uint8Array }
  | { readonly ok: false; readonly error: Uint8Array };

export const succeed = (result: Uint8Array): Reply => ({ ok: true, result });
export const fail = (error: RpcError): Reply => ({ ok: false, error: codec.encode(error) });

/** The message of a reply's error. */
export const errorMessage = (error: Uint8Array): string => (codec.decode(error) as { message: string }).message;

/**
 * Tells the engine's two kinds of answer apart: a bare result, or a map of the one key `error`. A user's function
 * may also return `{ error: … }`, so the inner map must have the engine's own shape: a code, a kind and a message.
 */
export function readReply(bytes: Uint8Array): Reply {
  if (bytes[0] !== ((major.map << 5) | 1) || readText(bytes, 1) !== 'error') return succeed(bytes);
  const start = skipValue(bytes, 1);
  if (readHead(bytes, start).major !== major.map) return succeed(bytes);
  const kinds = new Map<string, number>();
  readMap(bytes, start, (key, at) => kinds.set(key, readHead(bytes, at).major));
  const code = kinds.get('code');
  const isError =
    (code === major.negative || code === major.unsigned) &&
    kinds.get('kind') === major.text &&
    kinds.get('message') === major.text &&
    kinds.has('cause');
  return isError ? { ok: false, error: bytes.subarray(start) } : succeed(bytes);
}

/** The answer to a request as the client gets it. */
export function responseFrame(id: Uint8Array | undefined, session: string | undefined, reply: Reply): Uint8Array {
  const entries: Uint8Array[] = [];
  if (id !== undefined) entries.push(key.id, id);
  if (reply.ok) entries.push(key.result, reply.result);
  else entries.push(key.error, reply.error);
  if (session !== undefined) entries.push(key.session, writeUuid(session));
  return writeMap(entries.length / 2, entries);
}

/** A live notification: whom the engine sent it to, and its entries (key, value, key, value…), still as bytes. */
export interface Notification {
  readonly live: string;
  /** Undefined for the end of a live query, which the engine tells everybody. */
  readonly engineSession: string | undefined;
  readonly entries: readonly Uint8Array[];
}

/** Undefined when it names no live query, which nothing this server starts can cause. */
export function readNotification(bytes: Uint8Array): Notification | undefined {
  let live: string | undefined;
  let engineSession: string | undefined;
  const entries: Uint8Array[] = [];
  readMap(bytes, 0, (name, start, end) => {
    if (name === 'session') {
      engineSession = readUuid(bytes, start);
      return;
    }
    if (name === 'id') live = readUuid(bytes, start);
    entries.push(writeText(name), bytes.subarray(start, end));
  });
  return live === undefined ? undefined : { live, engineSession, entries };
}

/** A notification as the client gets it; it carries no id, which is how a client knows it for one. */
export function notificationFrame(notification: Notification, session: string | undefined): Uint8Array {
  const { entries } = notification;
  return responseFrame(undefined, session, succeed(writeMap(entries.length / 2, entries)));
}
