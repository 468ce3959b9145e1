import { describe, expect, it } from 'vitest';
import { lowestUlid, ulidMs } from './statements.ts';

describe('the time of a ULID', () => {
  it('is the time that it was made of', () => {
    for (const ms of [0, 31, 32, 1_795_000_000_123]) expect(ulidMs(lowestUlid(ms))).toBe(ms);
    // The example of the specification, whose first ten characters are its time.
    expect(ulidMs('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(1_469_922_850_259);
  });

  it('is undefined for a key that is none', () => {
    for (const key of [
      '',
      'e1',
      '01arz3ndektsv4rrffq69g5fav',
      '01ARZ3NDEKTSV4RRFFQ69G5FAVX',
      '01ARZ3NDEKTSV4RRFFQ69G5FAU',
    ])
      expect(ulidMs(key), key).toBeUndefined();
  });
});
