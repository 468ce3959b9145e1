import type { WireWrite } from '@spookify/gateway/wire';
import { expect, onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { stubClient } from './stub-client.ts';
import type { StubWebSocket } from './stub-websocket.ts';

export type SentWrite = { readonly id: number; readonly key: string; readonly write: WireWrite };

/** A page of Ada with a connection to a gateway that answers when the test says so. */
export async function openTab(browser: Parameters<typeof stubClient>[0] = {}) {
  const client = stubClient({ flags: { user: 'user:ada' }, ...browser });
  onTestFinished(() => client.db.close());
  client.answers.dial = (socket) => socket.hello();
  await eventually(() => expect(client.db.sync.state.online).toBe(true));
  return { ...client, socket: client.last };
}

export const writesOn = (socket: StubWebSocket): readonly SentWrite[] =>
  socket.sent.filter(({ type }) => type === 'write') as unknown as SentWrite[];

/** Waits for a write on the socket. */
export function written(socket: StubWebSocket, at: number): Promise<SentWrite> {
  return eventually(() => {
    const found = writesOn(socket)[at];
    if (found === undefined) throw new Error('It was not sent.');
    return found;
  });
}
