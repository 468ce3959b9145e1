import { ClientError, type ClientErrorCode, type ConnectionState } from '@spookify/client';
import { expect, it } from 'vitest';
import { connectionMessage } from './connection-message.ts';

const error = (code: ClientErrorCode): ClientError => new ClientError(code, 'What a developer does about it.');
const nothing = { pending: 0, durable: true };
const away: ConnectionState = { kind: 'reconnecting', attempt: 3, error: error('SPOOKY_CLIENT_NOT_CONNECTED') };

it.each([{ kind: 'connected' }, { kind: 'needs-auth' }, { kind: 'closed' }] as const)(
  'has no message for $kind',
  (state) => {
    expect(connectionMessage(state, nothing, true)).toBeUndefined();
  },
);

it('says that the server is unreachable, and that shown data may be out of date', () => {
  expect(connectionMessage({ kind: 'connecting' }, nothing, false)).toMatchObject({
    kind: 'away',
    text: expect.stringMatching(/does not answer/),
  });
  expect(connectionMessage(away, nothing, true)).toMatchObject({
    kind: 'away',
    text: expect.stringMatching(/out of date/),
  });
});

it('counts what is not sent yet, and warns if it would not survive the page', () => {
  const textOf = (state: ConnectionState, pending: number, durable: boolean) => {
    const message = connectionMessage(state, { pending, durable }, true);
    return message?.kind === 'stopped' ? undefined : message?.text;
  };
  expect(textOf(away, 1, true)).toBe('Offline. 1 change not sent yet.');
  expect(textOf(away, 3, false)).toBe('Offline. 3 changes not sent yet. Keep this page open.');
  expect(textOf({ kind: 'connected' }, 2, true)).toBe('Sending 2 changes…');
});

it.each([
  ['SPOOKY_CLIENT_FOREIGN_ORIGIN', /address.+usual address/],
  ['SPOOKY_CLIENT_WRONG_DATABASE', /another server.+usual address/],
  ['SPOOKY_CLIENT_WRONG_VERSION', /another version.+Reload the page/],
] as const)('says why the page has stopped, and what to do: %s', (code, words) => {
  const message = connectionMessage({ kind: 'closed', error: error(code) }, nothing, true);
  expect(message).toEqual({
    kind: 'stopped',
    explanation: { text: expect.stringMatching(words), details: `${code}: What a developer does about it.` },
  });
});
