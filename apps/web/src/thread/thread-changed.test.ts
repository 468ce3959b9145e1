import { ClientError } from '@spookify/client';
import { expect, it } from 'vitest';
import { explain } from '../shell/explain.ts';
import { isThreadChanged } from './thread-changed.ts';

it('recognises a write with an older revision, and has a text for it', () => {
  const error = new ClientError('SPOOKY_CLIENT_REFUSED', 'Refused.', { reason: 'thread-changed' });
  expect(isThreadChanged(error)).toBe(true);
  expect(explain(error)).toEqual({ text: expect.stringMatching(/was changed/), details: undefined });
  expect(isThreadChanged(new ClientError('SPOOKY_CLIENT_REFUSED', 'Refused.'))).toBe(false);
});
