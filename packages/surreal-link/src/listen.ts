import { Uuid } from 'surrealdb';
import type { Wire } from './connection/wire.ts';
import { LinkError } from './errors.ts';

/**
 * Starts a LIVE query on a wire. Its changes end with the wire, or with the returned function.
 *
 * The SDK's subscriptions are not used: they can lose what arrived before the answer to LIVE was read.
 */
export async function listen(
  wire: Wire,
  statement: string,
  onMessage: (value: Record<string, unknown>) => void,
  onEnd: () => void,
): Promise<() => Promise<void>> {
  const [id] = await wire.query(statement);
  if (!(id instanceof Uuid)) throw new LinkError('SPOOKY_LINK_BAD_OPTIONS', 'listen takes one LIVE statement');
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
