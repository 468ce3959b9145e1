import fc from 'fast-check';
import { Duration, RecordId, Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { plainValue } from '../testing/arbitrary.ts';
import { codec } from './codec.ts';
import { engineRequest, fail, parseRequest, readReply, responseFrame, succeed } from './frames.ts';
import { parseError } from './rpc-error.ts';

const decodeParts = (bytes: Uint8Array) => {
  const parsed = parseRequest(bytes);
  if (!parsed.ok) return parsed.error.message;
  const { id, params, ...rest } = parsed.request;
  return { ...rest, id: id && codec.decode(id), params: codec.decode(params) };
};

describe('parseRequest', () => {
  it('parses every request that a client encodes', () => {
    const request = fc.record({
      id: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
      method: fc.string(),
      params: fc.array(plainValue, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(request, fc.option(fc.uuid()), fc.option(fc.uuid()), (fields, session, txn) => {
        const bytes = codec.encode({
          ...fields,
          ...(session === null ? {} : { session: new Uuid(session) }),
          ...(txn === null ? {} : { txn }),
        });
        const parts = decodeParts(bytes);
        expect(parts).toEqual({
          ...(codec.decode(codec.encode(fields)) as object),
          session: session ?? undefined,
          transaction: txn ?? undefined,
        });
      }),
    );
  });

  it('returns an error for random, cut and changed requests, and never throws', () => {
    const valid = codec.encode({ id: '1', method: 'query', params: ['RETURN $x', { x: new RecordId('a', [1, 'b']) }] });
    const cut = fc.nat(valid.length - 1).map((length) => valid.slice(0, length));
    const changed = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut, changed), (bytes) => {
        const parsed = parseRequest(bytes);
        if (parsed.ok) expect(typeof parsed.request.method).toBe('string');
        else expect(['Parse error', 'Invalid request']).toContain(parsed.error.message);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(cut, (bytes) => void expect(decodeParts(bytes)).toBe('Parse error')));
  });

  it.each([
    ['no method', { id: 1 }],
    ['a method that is not text', { method: 5 }],
    ['an id that is a list', { id: [1], method: 'ping' }],
    ['a session that is not a UUID', { method: 'ping', session: 'main' }],
    ['a transaction that is not a UUID', { method: 'ping', txn: 7 }],
  ])('refuses %s', (_what, request) => {
    expect(decodeParts(codec.encode(request))).toBe('Invalid request');
  });

  it('refuses nesting beyond the stack, and false lengths', () => {
    const nested = Uint8Array.of(0xa1, 0x61, 0x61, ...Array.from({ length: 100_000 }, () => 0x81), 0x01);
    expect(decodeParts(nested)).toBe('Parse error');
    const endless = Uint8Array.of(0xa1, 0x61, 0x61, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    expect(decodeParts(endless)).toBe('Parse error');
  });

  it('reads indefinite lengths', () => {
    const indefinite = Uint8Array.of(0xbf, 0x66, ...Buffer.from('method'), 0x64, ...Buffer.from('ping'), 0xff);
    expect(decodeParts(indefinite)).toMatchObject({ method: 'ping', params: [] });
  });
});

describe('engineRequest and responseFrame', () => {
  it('write what the SDK reads', () => {
    const session = '0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f';
    expect(codec.decode(engineRequest('query', codec.encode(['RETURN 1']), session))).toEqual({
      method: 'query',
      params: ['RETURN 1'],
      session: new Uuid(session),
    });
    const frame = responseFrame(codec.encode('7'), session, succeed(codec.encode(new Duration('1h'))));
    expect(codec.decode(frame)).toEqual({ id: '7', result: new Duration('1h'), session: new Uuid(session) });
    expect(codec.decode(responseFrame(undefined, undefined, fail(parseError())))).toEqual({ error: parseError() });
  });
});

describe('readReply', () => {
  it('distinguishes the engine’s error from a result with a key `error`', () => {
    const error = { cause: undefined, code: -32000, kind: 'Internal', message: 'no' };
    expect(readReply(codec.encode({ error })).ok).toBe(false);
    for (const result of [{ error: { code: 1, message: 'hi' } }, { error: 'no' }, { error, id: 1 }, [], 'error', {}]) {
      expect(readReply(codec.encode(result))).toMatchObject({ ok: true });
    }
  });
});
