/** Creates the connections of a server, over HTTP and WebSocket, with the parts that they share. */
import type { IncomingMessage } from 'node:http';
import { networkOf } from '../sign-in/sign-in.ts';
import type { SignInThrottle } from '../sign-in/sign-in-throttle.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

/**
 * Creates the connection of an HTTP request, or of the WebSocket that it opens. Only the latter passes `deliver`, for
 * notifications.
 */
export type Connect = (request: IncomingMessage, deliver?: ConnectionOptions['deliver']) => Connection;

export function createConnect(
  shared: Omit<ConnectionOptions, 'deliver' | 'guard'>,
  throttle?: SignInThrottle,
): Connect {
  return (request, deliver) =>
    new Connection({
      ...shared,
      ...(deliver && { deliver }),
      ...(throttle && { guard: { throttle, address: networkOf(request.socket.remoteAddress ?? '') } }),
    });
}
