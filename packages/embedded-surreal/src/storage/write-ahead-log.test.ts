import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { findDamage } from './write-ahead-log.ts';

it('computes the CRC-32C checksums of RFC 3720, B.4', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
});

describe('the write-ahead log', () => {
  let folder: string;
  let whole: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spooky log '));
    whole = madeLog();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function damageOf(log: Uint8Array): Promise<number | undefined> {
    const file = join(folder, '000004.log');
    await writeFile(file, log);
    return findDamage(file);
  }

  it('is intact as it was written, and when it ends anywhere', async () => {
    expect(await damageOf(whole)).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (length) => {
        expect(await damageOf(whole.subarray(0, length))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is intact when zeros or a torn write follow its last record', async () => {
    expect(await damageOf(Buffer.concat([whole, new Uint8Array(100_000)]))).toBeUndefined();
    expect(await damageOf(Buffer.concat([whole, Buffer.alloc(100_000, 7)]))).toBeUndefined();
  });

  it('is damaged wherever one byte has changed and intact records follow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 60_000), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const log = Buffer.from(whole);
        log.writeUInt8(log.readUInt8(at) ^ flip, at);
        // There is no data between a block's last record and its end, so nothing there can be damaged.
        if (isPadding(whole, at)) return;
        const damagedAt = await damageOf(log);
        expect(damagedAt).toBeLessThanOrEqual(at);
        // The part before the damage is intact.
        expect(await damageOf((await readFile(join(folder, '000004.log'))).subarray(0, damagedAt))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is not judged if it is a recycled file, in which older records follow the end', async () => {
    const log = Buffer.from(whole);
    log.writeUInt8(5, 6);
    sign(log, 0, 11 + log.readUInt16LE(4));
    log.writeUInt8(0, 20_000);
    expect(await damageOf(log)).toBeUndefined();
  });
});

const BLOCK = 32 * 1024;
const PAYLOADS = [100, 900, 20_000, 1200, 50_000, 3, 40_000, 700, 900, 1000];

/** A log of one megabyte with records of many lengths, divided into blocks as RocksDB does. */
function madeLog(): Buffer {
  const log = Buffer.alloc(1024 * 1024);
  let at = 0;
  for (let index = 0; at + 60_000 < log.length; index += 1) {
    let left = PAYLOADS[index % PAYLOADS.length] ?? 0;
    for (let first = true; left > 0; first = false) {
      const room = BLOCK - (at % BLOCK);
      if (room <= 7) {
        at += room;
        continue;
      }
      const length = Math.min(left, room - 7);
      left -= length;
      log.writeUInt16LE(length, at + 4);
      log.writeUInt8(first ? (left === 0 ? 1 : 2) : left === 0 ? 4 : 3, at + 6);
      log.fill(index % 251, at + 7, at + 7 + length);
      sign(log, at, 7 + length);
      at += 7 + length;
    }
  }
  return log.subarray(0, at);
}

function sign(log: Buffer, at: number, length: number): void {
  const crc = crc32c(log.subarray(at + 6, at + length));
  log.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, at);
}

function isPadding(log: Buffer, at: number): boolean {
  let record = at - (at % BLOCK);
  while (BLOCK - (record % BLOCK) >= 7 && record + 7 + log.readUInt16LE(record + 4) <= at) {
    record += 7 + log.readUInt16LE(record + 4);
    if (record % BLOCK === 0) return false;
  }
  return BLOCK - (record % BLOCK) < 7;
}
