import { expect, it, vi } from 'vitest';
import type { SocketEnd } from '../connection/socket-end.ts';
import { Exchange, type WriteSocket } from './exchange.ts';

function open() {
  const { promise: ended, resolve: end } = Promise.withResolvers<SocketEnd>();
  const follow = vi.spyOn(ended, 'then');
  const socket: WriteSocket = { ended, send: () => undefined, drop: () => undefined };
  return { socket, end, follow };
}

it('keeps nothing of an answered request as long as the socket lives', async () => {
  const exchange = new Exchange();
  const { socket, follow } = open();
  for (let id = 1; id <= 100; id += 1) {
    const answer = exchange.sync(socket);
    exchange.receive({ type: 'synced', id, visibleIn: id });
    expect(await answer).toMatchObject({ visibleIn: id });
  }
  expect(follow).toHaveBeenCalledTimes(1);
});

it('loses the requests of a socket that ends, and no others', async () => {
  const exchange = new Exchange();
  const [first, second] = [open(), open()];
  const lost = [exchange.sync(first.socket), exchange.sync(first.socket)];
  const other = exchange.sync(second.socket);
  first.end({ kind: 'lost' } as SocketEnd);
  expect(await Promise.all(lost)).toEqual([{ type: 'lost' }, { type: 'lost' }]);
  exchange.receive({ type: 'synced', id: 3, visibleIn: 7 });
  expect(await other).toMatchObject({ visibleIn: 7 });
});
