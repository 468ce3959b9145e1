import { expect, it } from 'vitest';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { closeReasonOf } from './close-reason.ts';

it('has a name of its own for every code of the protocol', () => {
  const names = Object.values(CLOSE_REASONS).map((code) => closeReasonOf(code, 1006));
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain('lost');
});

it('tells a client that closes from a connection that is lost', () => {
  expect([closeReasonOf(undefined, 1006), closeReasonOf(undefined, 1001), closeReasonOf(1001, 1001)]).toEqual([
    'lost',
    'client',
    'client',
  ]);
});
