import { RecordId } from 'surrealdb';
import { expect, it } from 'vitest';
import { silentLogger } from '../logger.ts';
import { createSessions } from '../session/sessions.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { OpenSockets } from './open-sockets.ts';

/** A gateway with this many open sockets, and the close codes that they have received. */
function open(count: number) {
  const query = async () => [] as never;
  const sockets = new OpenSockets(
    createSessions({ query, queryAll: query }, () => undefined),
    silentLogger,
  );
  const codes: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const session = {
      id: new RecordId('spooky_session', index),
      user: new RecordId('person', index),
      access: 'account',
      leftMs: 60_000,
    };
    const socket = {
      session,
      close(code: number) {
        codes.push(code);
        // The closing handshake takes a moment.
        setImmediate(() => sockets.remove(socket));
      },
    };
    sockets.add(socket, 0);
  }
  return { sockets, codes };
}

it.each([
  [1, 1],
  [100, 20],
  [1_000, 25],
])('closes %i sockets, of which the first portion is %i, each once', async (count, portion) => {
  const { sockets, codes } = open(count);
  const closing = sockets.closeAll(CLOSE_REASONS.stopping, 'the gateway stops');
  expect(codes).toHaveLength(portion);
  await closing;
  expect(codes).toEqual(Array.from({ length: count }, () => CLOSE_REASONS.stopping));
  expect(sockets.size).toBe(0);
});
