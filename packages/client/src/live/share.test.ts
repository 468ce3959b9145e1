import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DateTime, RecordId } from '../index.ts';
import { share } from './share.ts';

const row = (id: string, fields: object) => ({ id: new RecordId('thread', id), ...fields });

describe('share', () => {
  it('returns the previous value if nothing has changed', () => {
    const make = () => [row('a', { at: new DateTime('2026-01-01T00:00:00Z'), tags: ['x'] }), row('b', { at: null })];
    const previous = make();
    expect(share(previous, make())).toBe(previous);
  });

  it('keeps rows through moves, insertions and removals', () => {
    const previous = [row('a', { n: 1 }), row('b', { n: 2 }), row('c', { n: 3 })];
    const [a, b] = previous;
    const merged = share(previous, [row('new', { n: 0 }), row('b', { n: 2 }), row('a', { n: 1 })]);
    expect(merged[1]).toBe(b);
    expect(merged[2]).toBe(a);
  });

  it('keeps unchanged parts inside of a changed row', () => {
    const previous = row('a', {
      title: 'x',
      author: row('u', { name: 'Ada' }),
      jobs: [row('j', { status: 'pending' })],
    });
    const next = row('a', { title: 'y', author: row('u', { name: 'Ada' }), jobs: [row('j', { status: 'pending' })] });
    const merged = share(previous, next);
    expect(merged).toEqual(next);
    expect(merged).not.toBe(previous);
    expect(merged.id).toBe(previous.id);
    expect(merged).toHaveProperty('author', (previous as unknown as { author: unknown }).author);
  });

  it('detects a removed field', () => {
    expect(share<object>({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(share<object>({ a: 1 }, { b: undefined })).toEqual({ b: undefined });
  });

  it('takes numbers of another kind as they are', () => {
    expect(share<object>({ n: 1.5 }, { n: 2n ** 53n })).toEqual({ n: 2n ** 53n });
    expect(share<object>({ n: 1n }, { n: 1 })).toEqual({ n: 1 });
  });

  it('always equals the next value, and changes neither value', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.integer({ max: 2, min: 0 }),
        fc.constantFrom(null, undefined, 'x'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.record({ id: fc.constantFrom('a', 'b', 'c'), x: tie('any') }, { requiredKeys: [] }),
      ),
    })).any;
    fc.assert(
      fc.property(value, value, (previous, next) => {
        const before = structuredClone({ previous, next });
        expect(share(previous, next)).toEqual(next);
        expect({ previous, next }).toEqual(before);
      }),
    );
  });
});
