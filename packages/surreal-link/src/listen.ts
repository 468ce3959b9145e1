import { Uuid } from 'surrealdb';
import type { DatabaseSocket } from './connection/database-socket.ts';
import { LinkError } from './errors.ts';

/**
 * Starts a LIVE query on a socket. Its notifications end with the socket, or when the returned function is called.
 *
 * The SDK's subscriptions are not used, because they can lose notifications that arrive before the answer to LIVE is
 * read.
 */
export async function listen(
  socket: DatabaseSocket,
  statement: string,
  onMessage: (value: Record<string, unknown>) => void,
  onEnd: () => void,
): Promise<() => Promise<void>> {
  const [id] = await socket.query(statement);
  if (!(id instanceof Uuid))
    throw new LinkError('SPOOKY_LINK_BAD_OPTIONS', 'the statement is not a LIVE query; pass one LIVE statement');
  const messages = socket.notifications(id);
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await messages.next();
      if (done === true) return;
      if (value.action === 'KILLED') return onEnd();
      onMessage(value.value);
    }
  };
  void read();
  return async () => {
    await messages.return?.();
    await socket.query(`KILL u"${id}"`);
  };
}
