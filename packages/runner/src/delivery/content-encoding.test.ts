import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeContent } from './content-encoding.ts';

const LIMIT = 512;
const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
const name = fc.constantFrom(...(Object.keys(ENCODERS) as (keyof typeof ENCODERS)[]));
const packed = fc
  .uint8Array({ maxLength: 2 * LIMIT })
  .chain((bytes) =>
    fc.constantFrom(bytes, gzipSync(bytes), deflateSync(bytes), deflateRawSync(bytes), brotliCompressSync(bytes)),
  );

test('decodes up to three encodings, if no step exceeds the limit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * LIMIT }), fc.array(name, { maxLength: 3 }), (bytes, names) => {
      const steps = [Buffer.from(bytes)];
      for (const one of names) steps.unshift(ENCODERS[one](steps[0] ?? ''));
      const decoded = decodeContent(steps[0] ?? Buffer.alloc(0), names.join(', '), LIMIT);
      if (steps.slice(1).some(({ length }) => length > LIMIT)) expect(decoded).toEqual({ kind: 'too long' });
      else expect(decoded).toEqual({ kind: 'decoded', bytes: Buffer.from(bytes) });
    }),
  );
});

test('never throws and never exceeds the limit, whatever the bytes and the header are', () => {
  const header = fc.oneof(fc.string(), fc.array(name).map(String));
  fc.assert(
    fc.property(packed, fc.nat(), header, (bytes, cut, encoding) => {
      const body = Buffer.from(bytes).subarray(0, Math.min(LIMIT, cut));
      const decoded = decodeContent(body, encoding, LIMIT);
      if (decoded.kind === 'decoded') expect(decoded.bytes.length).toBeLessThanOrEqual(LIMIT);
    }),
  );
});
