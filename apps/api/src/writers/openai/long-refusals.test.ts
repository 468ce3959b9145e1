import { expect, it } from 'vitest';
import { classify } from './classify.ts';
import { readRefusal } from './provider-refusal.ts';
import { shownReason } from './shown-reason.ts';

const KEY = 'a-key-without-a-known-prefix';

// Without a bound, the search in one of these texts takes minutes.
it.each([
  ['names of hosts', 'a.'.repeat(2_000_000)],
  ['the word model', 'model '.repeat(600_000)],
  ['starts of addresses', 'https://'.repeat(500_000)],
  ['stars', '**a'.repeat(1_000_000)],
  ['starts of titles', `<html>${'<title'.repeat(600_000)}`],
  ['a page with a long title', `<html><title>${'a.'.repeat(2_000_000)}</title>`],
])('reads only the beginning of a reason of 4 MiB with %s', (_, text) => {
  const refusal = readRefusal(400, text, undefined);
  if (refusal === undefined) throw new Error('There is no refusal.');
  expect(['request', 'address']).toContain(classify(refusal));
  expect(shownReason(refusal.reason, KEY).length).toBeLessThanOrEqual(200);
});

it('never keeps a part of a key where it cuts a reason', () => {
  const reason = `${'https://example.com/'.padEnd(1_985, 'x')} ${KEY} and more`;
  const refusal = readRefusal(401, '', { error: { message: reason } });
  expect(shownReason(refusal?.reason ?? '', KEY)).toBe('[redacted]');
});
