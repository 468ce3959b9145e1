/**
 * The part of RocksDB's write-ahead log format that is needed to read a short log and to write one that deletes keys.
 *
 *   log    = blocks of 32 KiB; a block is records and up to 6 zero bytes
 *   record = checksum (4) · length (2) · type (1) · payload; a longer batch is a first, middle and last record
 *   batch  = sequence number (8) · count (4) · entries
 *   entry  = 0x01 · key · value (put), or 0x00 · key (delete); keys and values begin with their length
 */
import { maskedCrc32c } from '../storage/crc32c.ts';

const BLOCK = 32 * 1024;
const HEADER = 7;
const type = { full: 1, first: 2, middle: 3, last: 4 } as const;
const DELETE = 0x00;
const PUT = 0x01;

export interface LogContent {
  /** The sequence number for the next batch; undefined if the log has no batches. */
  readonly next: bigint | undefined;
  /** The keys of put and delete entries, as hexadecimal text. */
  readonly put: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

/**
 * Reads a log that is complete. Stops reading a batch at the first entry of another kind, so later entries of that
 * batch are missing.
 */
export function readLog(log: Buffer): LogContent {
  let next: bigint | undefined;
  const put = new Set<string>();
  const deleted = new Set<string>();
  for (const batch of batches(log)) {
    if (batch.length < 12) continue;
    const after = batch.readBigUInt64LE(0) + BigInt(batch.readUInt32LE(8));
    if (next === undefined || after > next) next = after;
    for (let at = 12; at < batch.length; ) {
      const kind = batch[at];
      if (kind !== PUT && kind !== DELETE) break;
      const key = readSlice(batch, at + 1);
      (kind === PUT ? put : deleted).add(key.bytes.toString('hex'));
      at = kind === PUT ? readSlice(batch, key.end).end : key.end;
    }
  }
  return { next, put, deleted };
}

function* batches(log: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let at = 0; at + HEADER <= log.length; ) {
    const left = BLOCK - (at % BLOCK);
    if (left < HEADER) {
      at += left;
      continue;
    }
    const kind = log[at + 6];
    const end = at + HEADER + log.readUInt16LE(at + 4);
    if (kind === undefined || kind < type.full || kind > type.last || end > log.length) return;
    if (kind === type.full || kind === type.first) parts = [];
    parts.push(log.subarray(at + HEADER, end));
    if (kind === type.full || kind === type.last) yield Buffer.concat(parts);
    at = end;
  }
}

/** A log with one batch, which deletes the keys. */
export function writeDeletions(keys: readonly Buffer[], sequence: bigint): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(sequence);
  head.writeUInt32LE(keys.length, 8);
  const batch = Buffer.concat([head, ...keys.flatMap((key) => [Buffer.of(DELETE), length(key.length), key])]);
  const records: Buffer[] = [];
  let written = 0;
  let at = 0;
  do {
    const left = BLOCK - (at % BLOCK);
    if (left < HEADER) {
      records.push(Buffer.alloc(left));
      at += left;
      continue;
    }
    const payload = batch.subarray(written, written + left - HEADER);
    const isFirst = written === 0;
    written += payload.length;
    const isLast = written === batch.length;
    records.push(record(isFirst ? (isLast ? type.full : type.first) : isLast ? type.last : type.middle, payload));
    at += HEADER + payload.length;
  } while (written < batch.length);
  return Buffer.concat(records);
}

function record(kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER), payload]);
  bytes.writeUInt16LE(payload.length, 4);
  bytes[6] = kind;
  bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(6)), 0);
  return bytes;
}

/** RocksDB's variable-length number: seven bits per byte, lowest first. */
function length(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

function readSlice(batch: Buffer, at: number): { bytes: Buffer; end: number } {
  let size = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = batch.readUInt8(next);
    next += 1;
    size += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  return { bytes: batch.subarray(next, next + size), end: next + size };
}
