/**
 * The envelopes of SurrealDB's RPC protocol. A request is parsed only as far as the server needs: its id and its
 * parameters stay bytes. The engine's answer is put into an envelope without being decoded.
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
  /** The client's request id as bytes; undefined if the request has none. */
  readonly id: Uint8Array | undefined;
  readonly method: string;
  /** Always a CBOR array. */
  readonly params: Uint8Array;
  /** The client's name for the session; undefined for the connection's default session. */
  readonly session: string | undefined;
  readonly transaction: string | undefined;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: RequestFrame }
  | { readonly ok: false; readonly id: Uint8Array | undefined; readonly error: RpcError };

const emptyArray: Uint8Array = Uint8Array.of(major.array << 5);

/** Parses a request. Never throws: if the request is not valid, returns the error to answer with. */
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
    if (end !== bytes.length) throw new MalformedCbor('bytes follow the request');
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

/** Null if the value is not a UUID. */
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

/** The id is sent back, so the client must be able to read it. */
function isKnown(value: Uint8Array): boolean {
  try {
    codec.decode(value);
    return true;
  } catch {
    return false;
  }
}

/** The encoded keys of the envelopes. */
const key = {
  id: writeText('id'),
  method: writeText('method'),
  params: writeText('params'),
  session: writeText('session'),
  txn: writeText('txn'),
  result: writeText('result'),
  error: writeText('error'),
} as const;

/** The request for the engine, on one of the engine's sessions. */
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

/** The outcome of a request: result bytes from the engine, or an error as bytes. */
export type Reply =
  | { readonly ok: true; readonly result: Uint8Array }
  | { readonly ok: false; readonly error: Uint8Array };

export const succeed = (result: Uint8Array): Reply => ({ ok: true, result });
export const fail = (error: RpcError): Reply => ({ ok: false, error: codec.encode(error) });

/** The message in a reply's error. */
export const errorMessage = (error: Uint8Array): string => (codec.decode(error) as { message: string }).message;

/**
 * Distinguishes the engine's two kinds of answer: a bare result, or a map with the single key `error`. A user's
 * function may also return `{ error: … }`, so the inner map must have the engine's shape: a code, a kind and a message.
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

/** The answer as sent to the client. */
export function responseFrame(id: Uint8Array | undefined, session: string | undefined, reply: Reply): Uint8Array {
  const entries: Uint8Array[] = [];
  if (id !== undefined) entries.push(key.id, id);
  if (reply.ok) entries.push(key.result, reply.result);
  else entries.push(key.error, reply.error);
  if (session !== undefined) entries.push(key.session, writeUuid(session));
  return writeMap(entries.length / 2, entries);
}

/** A live notification: the session that the engine sent it to, and its encoded entries (key, value, key, value…). */
export interface Notification {
  readonly live: string;
  /** Undefined for the end of a live query, which the engine sends to all sessions. */
  readonly engineSession: string | undefined;
  readonly entries: readonly Uint8Array[];
}

/** Undefined if it names no live query, which cannot happen with the requests that this server sends. */
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

/** The notification as sent to the client. A client recognises it because it has no request id. */
export function notificationFrame(notification: Notification, session: string | undefined): Uint8Array {
  const { entries } = notification;
  return responseFrame(undefined, session, succeed(writeMap(entries.length / 2, entries)));
}
