import { describe, expect, test } from 'vitest';
import { describeError } from './describe-error.ts';
import { failureText } from './failure-text.ts';
import { parseErrorDetail } from './parse-error-detail.ts';
import { restoreError } from './restore-error.ts';

const throwing = (name: string, target: object = new Error('x')) =>
  Object.defineProperty(target, name, {
    get() {
      throw new Error('hostile');
    },
  });
const hostile = new Proxy(
  {},
  Object.fromEntries(['get', 'has', 'ownKeys', 'getPrototypeOf'].map((trap) => [trap, fail])),
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

function fail(): never {
  throw new Error('hostile');
}

class BadInput extends Error {
  override name = 'BadInput';
  code = 'BAD';
  secret = 'hidden';
}

describe('describes', () => {
  test.each<[string, unknown, object]>([
    [
      'an object with code and message',
      { code: 'E_NO', message: 'no', token: 'hidden' },
      { message: 'no', code: 'E_NO' },
    ],
    ['an object with a number as its code', { code: 42, message: 'no' }, { message: 'no', code: '42' }],
    ['an object with a number as its message', { message: 404 }, { message: '404' }],
    ['null', null, { message: 'failed without a reason' }],
    ['undefined', undefined, { message: 'failed without a reason' }],
    ['an empty text', '', { message: 'failed without a reason' }],
    ['a text', 'text', { message: 'text' }],
    ['a big integer', 42n, { message: '42' }],
    ['a symbol', Symbol('no'), { message: 'Symbol(no)' }],
    ['a class', class A {}, { message: 'a function was thrown' }],
    ['a list', ['hidden'], { message: 'an object without a message was thrown (its fields: 0)' }],
    [
      'an object without a message',
      { user: 'hidden', token: 'hidden' },
      { message: expect.stringContaining('(its fields: user, token)') },
    ],
    ['an object without a prototype', Object.create(null), { message: 'an object without a message was thrown' }],
    ['a proxy that throws', hostile, { message: 'an object without a message was thrown' }],
    ['a revoked proxy', revoked.proxy, { message: 'an object without a message was thrown' }],
    ['an error whose message throws', throwing('message'), { name: 'Error', message: 'Error' }],
    ['an error whose stack throws', throwing('stack'), { name: 'Error', message: 'x' }],
    ['an error whose cause throws', throwing('cause'), { name: 'Error', message: 'x' }],
    [
      'an error whose parts throw',
      throwing('0', Object.assign(new Error('x'), { errors: throwing('0', []) })),
      { message: 'x' },
    ],
    ['an error whose message is an object', Object.assign(new Error(), { message: { a: 1 } }), { message: 'Error' }],
    [
      'an error whose name and stack are no text',
      Object.assign(new Error('x'), { name: 1, stack: 2 }),
      { name: 'Error', message: 'x' },
    ],
    ['an error of a class with fields', new BadInput('bad'), { name: 'BadInput', code: 'BAD', message: 'bad' }],
    ['a DOMException', new DOMException('late', 'TimeoutError'), { name: 'TimeoutError', message: 'late' }],
    [
      'an error of the operating system',
      Object.assign(new Error('open'), { code: 'ENOENT', errno: -2, syscall: 'open', path: '/a' }),
      { code: 'ENOENT', system: { errno: -2, syscall: 'open', path: '/a' } },
    ],
    ['a cause that is a text', new Error('x', { cause: 'why' }), { cause: { message: 'why' } }],
    ['a frozen error', Object.freeze(new Error('x')), { message: 'x' }],
  ])('%s', (_name, thrown, expected) => {
    const detail = describeError(thrown);
    expect(detail).toMatchObject(expected);
    expect(JSON.stringify(detail)).not.toMatch(/hidden|hostile/);
    expect(parseErrorDetail(structuredClone(detail))).toEqual(detail);
  });
});

describe('bounds', () => {
  test('a circle of causes', () => {
    const first = new Error('a');
    first.cause = new Error('b', { cause: first });
    expect(describeError(first)).toMatchObject({ message: 'a', cause: { message: 'b', omitted: 1 } });
  });

  test('an error that is its own part and cause', () => {
    const error = new AggregateError([], 'a');
    Object.assign(error, { errors: [error], cause: error });
    expect(describeError(error)).toMatchObject({ message: 'a', omitted: 2 });
  });

  test('a long chain of causes', () => {
    let error = new Error('last');
    for (let n = 0; n < 10_000; n += 1) error = new Error(`${n}`, { cause: error });
    const detail = describeError(error);
    let depth = 0;
    for (let next = detail.cause; next !== undefined; next = next.cause) depth += 1;
    expect(depth).toBe(8);
  });

  test('many parts', () => {
    const parts = Array.from({ length: 1000 }, (_, n) => new Error(`${n}`));
    expect(describeError(new AggregateError(parts))).toMatchObject({ omitted: 990, errors: { length: 10 } });
  });

  test('a tree of parts, and all texts together', () => {
    const tree = (depth: number): Error =>
      depth === 0
        ? new Error('x'.repeat(100_000))
        : new AggregateError(
            Array.from({ length: 9 }, () => tree(depth - 1)),
            'y'.repeat(100_000),
          );
    const detail = describeError(tree(4));
    expect(JSON.stringify(detail).length).toBeLessThan(200_000);
    expect(JSON.stringify(detail).match(/"message"/g)?.length).toBeLessThanOrEqual(33);
  });

  test('what a child sends instead of a detail', () => {
    for (const value of [undefined, null, 7, 'x', [], { message: 7, cause: 7, errors: 7, place: 7, system: 7 }]) {
      expect(parseErrorDetail(value).message).toBe('failed without a reason');
    }
    let nested: object = {};
    for (let n = 0; n < 5000; n += 1) nested = { message: 'x'.repeat(100), cause: nested, errors: [nested] };
    expect(JSON.stringify(parseErrorDetail(nested)).length).toBeLessThan(20_000);
    const circular: Record<string, unknown> = { message: 'x' };
    circular.cause = circular;
    expect(JSON.stringify(parseErrorDetail(circular)).length).toBeLessThan(1000);
  });
});

test.each<[string, unknown, string]>([
  ['causes', new Error('a', { cause: new Error('b', { cause: new Error('c') }) }), 'a; caused by: b; caused by: c'],
  ['no cause that the message repeats', new Error('a: b', { cause: new Error('b') }), 'a: b'],
  ['parts', new AggregateError([new Error('a'), 'b'], 'both'), 'both: a; b'],
  ['parts of an error without a message', new AggregateError([new Error('a')]), 'AggregateError: a'],
  ['some of many parts', new AggregateError(['a', 'b', 'c', 'd', 'e'], 'all'), 'all: a; b; c and 2 more'],
])('names in one text: %s', (_name, thrown, text) => {
  expect(failureText(describeError(thrown))).toBe(text);
});

test('restores an error with causes, parts and fields', () => {
  const cause = Object.assign(new TypeError('why'), { code: 'ENOENT', syscall: 'open', path: '/a' });
  const error = new AggregateError([new RangeError('one')], 'all', { cause });
  const restored = restoreError(describeError(error));
  expect(restored).toMatchObject({
    ...{ name: 'AggregateError', message: 'all', stack: error.stack },
    cause: { name: 'TypeError', code: 'ENOENT', path: '/a' },
    errors: [{ name: 'RangeError', message: 'one' }],
  });
  expect(restored).toBeInstanceOf(AggregateError);
});
