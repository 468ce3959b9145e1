import { Uuid } from 'surrealdb';
import type { Wire } from './connection/wire.ts';
import { LinkError } from './errors.ts';

/**
 * Starts a LIVE query on a socket. Its notifications end with the socket, or when the returned function is called.
 *
 * The SDK's subscriptions are not used, because they can lose notifications that arrive before the answer to LIVE is
 * read.
 */
export async function listen(
  wire: Wire,
  statement: string,
  onMessage: (value: Record<string, unknown>) => void,
  onEnd: () => void,
): Promise<() => Promise<void>> {
  const [id] = await wire.query(statement);
  if (!(id instanceof Uuid))
    throw new LinkError('SPOOKY_LINK_BAD_OPTIONS', 'the statement is not a LIVE query; pass one LIVE statement');
  const messages = wire.notifications(id);
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
    await wire.query(`KILL u"${id}"`);
  };
}
