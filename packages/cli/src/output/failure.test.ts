import { expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { asFailure } from './failure.ts';

it('prints the code and message of an expected error', () => {
  const error = new CliError('SPOOKY_CLI_BAD_ARGUMENT', 'wrong; correct it');
  expect(asFailure(error)).toEqual({ code: 'SPOOKY_CLI_BAD_ARGUMENT', message: 'wrong; correct it' });
});

it('adds causes and parts that the message does not repeat', () => {
  const refused = new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]);
  const cause = new TypeError('fetch failed', { cause: refused });
  const told = new CliError('SPOOKY_CLI_BAD_ARGUMENT', 'no answer (fetch failed)', { cause });
  expect(asFailure(told).message).toBe('no answer (fetch failed)');
  const other = new CliError('SPOOKY_CLI_BAD_ARGUMENT', 'no answer', { cause });
  expect(asFailure(other).message).toBe(
    'no answer; caused by: fetch failed; caused by: AggregateError: connect ::1; connect 127.0.0.1',
  );
});

it('prints the stacks of an unexpected error, its parts and its causes', () => {
  const error = new AggregateError([new RangeError('part')], 'all', { cause: new TypeError('why') });
  const { code, message } = asFailure(error);
  expect(code).toBe('SPOOKY_CLI_UNEXPECTED');
  const own = import.meta.filename;
  for (const text of ['AggregateError: all', 'part: RangeError: part', 'caused by: TypeError: why']) {
    expect(message).toContain(`${text}\n    at ${own}`);
  }
});

it.each([
  [
    'a circle of causes',
    () =>
      Object.assign(new Error('a'), {
        get cause() {
          return this;
        },
      }),
    /^Error: a/,
  ],
  ['null', () => null, /^null$/],
  ['a text', () => 'no', /^no$/],
  ['an object with a message', () => ({ message: 'no' }), /^no$/],
  ['an object without a message', () => ({ secret: 'x' }), /^an object without a message$/],
])('prints %s', (_name, make, expected) => {
  expect(asFailure(make())).toEqual({ code: 'SPOOKY_CLI_UNEXPECTED', message: expect.stringMatching(expected) });
});
