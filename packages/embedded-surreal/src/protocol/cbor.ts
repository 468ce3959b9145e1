/**
 * The part of CBOR that is needed to read and write envelopes. Parameters, results and notifications pass through as
 * bytes and are never decoded here.
 */

/** The bytes are not exactly one well-formed CBOR value of finite length and accepted depth. */
export class MalformedCbor extends Error {
  override readonly name = 'MalformedCbor';
}

/** How deeply a request may be nested. The engine refuses about 250 levels. Its answers may be deeper. */
export const MAX_REQUEST_DEPTH = 200;

export const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

const INDEFINITE = 31;
/** Ends a value of indefinite length. */
export const BREAK = 0xff;

/**
 * The first bytes of a value: its major type, its argument (a number, a length or a tag), and the position after them.
 */
export interface Head {
  readonly major: number;
  /** The argument; -1 for an indefinite length. */
  readonly argument: number;
  readonly next: number;
}

export function readHead(bytes: Uint8Array, at: number): Head {
  const first = byteAt(bytes, at);
  const info = first & 31;
  const kind = first >> 5;
  if (info < 24) return { major: kind, argument: info, next: at + 1 };
  if (info === INDEFINITE) {
    if (kind < major.bytes || kind === major.tag) throw new MalformedCbor('this kind of value has no indefinite form');
    return { major: kind, argument: -1, next: at + 1 };
  }
  const width = 1 << (info - 24);
  if (width > 8) throw new MalformedCbor('reserved length');
  let argument = 0;
  for (let offset = 1; offset <= width; offset += 1) argument = argument * 256 + byteAt(bytes, at + offset);
  return { major: kind, argument, next: at + 1 + width };
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new MalformedCbor('the value ends too early');
  return byte;
}

/**
 * What comes next in an open container of indefinite length. For one of definite length, the number of remaining values
 * is used instead.
 */
const untilBreak = { item: -1, key: -2, value: -3 } as const;

/**
 * The position after the value that begins at `at`. Throws {@link MalformedCbor}, also if the value is nested deeper
 * than `maxDepth`. Does not recurse: a row may be nested more deeply than the stack allows.
 */
export function skipValue(bytes: Uint8Array, at: number, maxDepth: number = Number.POSITIVE_INFINITY): number {
  const open = [1];
  let next = at;
  for (let left = open.at(-1); left !== undefined; left = open.at(-1)) {
    const mayBreak = left === untilBreak.item || left === untilBreak.key;
    if (left === 0 || (mayBreak && byteAt(bytes, next) === BREAK)) {
      open.pop();
      next += mayBreak ? 1 : 0;
      continue;
    }
    if (open.length > maxDepth + 1) throw new MalformedCbor('nested too deeply');
    open[open.length - 1] = leftAfter(left);
    const head = readHead(bytes, next);
    next = head.next;
    switch (head.major) {
      case major.bytes:
      case major.text:
        next = head.argument === -1 ? skipChunks(bytes, head) : within(bytes, head.next + head.argument);
        break;
      case major.array:
      case major.map:
        open.push(valuesOf(bytes, head));
        break;
      case major.tag:
        open.push(1);
        break;
      case major.simple:
        if (head.argument === -1) throw new MalformedCbor('a break outside of a value of indefinite length');
    }
  }
  return next;
}

function leftAfter(left: number): number {
  if (left > 0) return left - 1;
  if (left === untilBreak.item) return left;
  return left === untilBreak.key ? untilBreak.value : untilBreak.key;
}

function valuesOf(bytes: Uint8Array, head: Head): number {
  const isMap = head.major === major.map;
  if (head.argument === -1) return isMap ? untilBreak.key : untilBreak.item;
  const values = head.argument * (isMap ? 2 : 1);
  // Each value takes at least one byte, so a larger count is false. Do not loop to find out.
  if (values > bytes.length - head.next) throw new MalformedCbor('the value ends too early');
  return values;
}

function skipChunks(bytes: Uint8Array, opening: Head): number {
  let next = opening.next;
  while (byteAt(bytes, next) !== BREAK) {
    const chunk = readHead(bytes, next);
    if (chunk.major !== opening.major || chunk.argument === -1) throw new MalformedCbor('a chunk of another type');
    next = within(bytes, chunk.next + chunk.argument);
  }
  return next + 1;
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new MalformedCbor('the value ends too early');
  return end;
}

const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** Reading ASCII text up to this length (keys, methods) is faster without the decoder. */
const SHORT_TEXT = 24;

function readAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  for (let at = from; at < to; at += 1) {
    const byte = byteAt(bytes, at);
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The text that begins at `at`; undefined if it is another kind of value. */
export function readText(bytes: Uint8Array, at: number): string | undefined {
  const head = readHead(bytes, at);
  if (head.major !== major.text || head.argument === -1) return undefined;
  const short = head.argument <= SHORT_TEXT ? readAscii(bytes, head.next, head.next + head.argument) : undefined;
  if (short !== undefined) return short;
  try {
    return textDecoder.decode(bytes.subarray(head.next, within(bytes, head.next + head.argument)));
  } catch (cause) {
    throw cause instanceof MalformedCbor ? cause : new MalformedCbor('text that is not UTF-8', { cause });
  }
}

/**
 * Calls `visit` with each key of a map and the range of its value. Throws {@link MalformedCbor} for keys that are not
 * text and for values deeper than `maxDepth`.
 */
export function readMap(
  bytes: Uint8Array,
  at: number,
  visit: (key: string, start: number, end: number) => void,
  maxDepth?: number,
): number {
  const head = readHead(bytes, at);
  if (head.major !== major.map) throw new MalformedCbor('expected a map');
  let next = head.next;
  let left = head.argument;
  while (left === -1 ? byteAt(bytes, next) !== BREAK : left > 0) {
    const key = readText(bytes, next);
    if (key === undefined) throw new MalformedCbor('a map key that is not text');
    const start = skipValue(bytes, next);
    const end = skipValue(bytes, start, maxDepth);
    visit(key, start, end);
    next = end;
    if (left > 0) left -= 1;
  }
  return head.argument === -1 ? next + 1 : next;
}

/** The position of each item of the array at `at`. */
export function arrayItems(bytes: Uint8Array, at: number): number[] {
  const head = readHead(bytes, at);
  if (head.major !== major.array) throw new MalformedCbor('expected an array');
  const items: number[] = [];
  let next = head.next;
  while (head.argument === -1 ? byteAt(bytes, next) !== BREAK : items.length < head.argument) {
    items.push(next);
    next = skipValue(bytes, next);
  }
  return items;
}

const UUID_TAG = 37;
const NONE_TAG = 6;
const TEXT_UUID_TAG = 9;
const NULL = 0xf6;
const UNDEFINED = 0xf7;

/** Whether the value at `at` is NONE, null or undefined. */
export function isNullish(bytes: Uint8Array, at: number): boolean {
  const first = byteAt(bytes, at);
  return first === NULL || first === UNDEFINED || first === (major.tag << 5) + NONE_TAG;
}

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The UUID at `at` as lower-case text, in any of its three encodings; undefined for anything else. */
export function readUuid(bytes: Uint8Array, at: number): string | undefined {
  const head = readHead(bytes, at);
  if (head.major === major.tag && head.argument === UUID_TAG) {
    const inner = readHead(bytes, head.next);
    if (inner.major !== major.bytes || inner.argument !== 16) return undefined;
    const hex = Buffer.from(bytes.subarray(inner.next, within(bytes, inner.next + 16))).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
  const text = readText(bytes, head.major === major.tag && head.argument === TEXT_UUID_TAG ? head.next : at);
  return text !== undefined && UUID_TEXT.test(text) ? text.toLowerCase() : undefined;
}

export function writeHead(kind: number, argument: number): Uint8Array {
  const first = kind << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument < 0x100) return Uint8Array.of(first | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(first | 25, argument >> 8, argument & 0xff);
  const head = Buffer.alloc(5, first | 26);
  head.writeUInt32BE(argument, 1);
  return head;
}

export function writeText(text: string): Uint8Array {
  const encoded = Buffer.from(text, 'utf-8');
  return Buffer.concat([writeHead(major.text, encoded.length), encoded]);
}

const UUID_HEAD_LENGTH = 3;

export function writeUuid(uuid: string): Uint8Array {
  const written = Buffer.allocUnsafe(UUID_HEAD_LENGTH + 16);
  written[0] = (major.tag << 5) | 24;
  written[1] = UUID_TAG;
  written[2] = (major.bytes << 5) | 16;
  if (written.write(uuid.replaceAll('-', ''), UUID_HEAD_LENGTH, 'hex') !== 16) throw new TypeError('not a UUID');
  return written;
}

/** A map with `size` entries that are already encoded: key, value, key, value… */
export function writeMap(size: number, entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([writeHead(major.map, size), ...entries]);
}

/** NONE, SurrealQL's absent value. */
export const none: Uint8Array = Uint8Array.of((major.tag << 5) + NONE_TAG, NULL);
