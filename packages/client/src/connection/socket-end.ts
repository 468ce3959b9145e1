import { CLOSE_REASONS, type ClientFrame } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';

/**
 * Why a socket ended, and what follows:
 *
 *   lost        no reason was given, or the gateway refused what was sent: reconnect after a delay
 *   too-large   a frame exceeded a limit of the gateway or of a proxy: reconnect, and never send that frame again
 *   stopping    the gateway stops or is not ready: connect to another one or its successor soon
 *   signed-out  the session has ended, or there is none: wait for a sign-in
 *   refused     every attempt would be refused: stop
 */
export type SocketEnd =
  | { readonly kind: 'lost'; readonly error: ClientError; readonly isFailure: boolean }
  | { readonly kind: 'too-large'; readonly error: ClientError; readonly frame: ClientFrame | undefined }
  | { readonly kind: 'stopping'; readonly error: ClientError }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'refused'; readonly error: ClientError };

/** "Message Too Big" in RFC 6455: what proxies and other servers close with. */
const TOO_BIG = 1009;

/** @param detail the close reason of the gateway */
export function endOf(base: string, code: number | undefined, detail: string, cause?: unknown): SocketEnd {
  const gatewayReason = detail === '' ? '' : ` The gateway says: ${detail}`;
  switch (code) {
    case CLOSE_REASONS.signedOut:
      return { kind: 'signed-out' };
    case CLOSE_REASONS.stopping:
      return { kind: 'stopping', error: notConnected(base, cause, gatewayReason) };
    case CLOSE_REASONS.foreignOrigin: {
      const message = `The gateway at ${base} does not serve pages of this origin. Start it with --allow-origin for it.${gatewayReason}`;
      return { kind: 'refused', error: new ClientError('SPOOKY_CLIENT_FOREIGN_ORIGIN', message) };
    }
    case CLOSE_REASONS.wrongProtocol: {
      const message = `The gateway at ${base} speaks another version than this page. Reload the page, or install client and gateway of one version.${gatewayReason}`;
      return { kind: 'refused', error: new ClientError('SPOOKY_CLIENT_WRONG_VERSION', message) };
    }
    case CLOSE_REASONS.badFrame:
    case CLOSE_REASONS.tooMany:
    case CLOSE_REASONS.tooSlow: {
      const message = `The gateway at ${base} closed the connection (${code}). The client retries.${gatewayReason}`;
      return { kind: 'lost', error: new ClientError('SPOOKY_CLIENT_GATEWAY', message, { cause }), isFailure: true };
    }
    case CLOSE_REASONS.tooLarge:
    case TOO_BIG: {
      const message = `This request is larger than the gateway at ${base} or a proxy in front of it allows (${code}). Nothing was written. Send less at once.${gatewayReason}`;
      return {
        kind: 'too-large',
        error: new ClientError('SPOOKY_CLIENT_TOO_LARGE', message, { cause }),
        frame: undefined,
      };
    }
    default:
      return { kind: 'lost', error: notConnected(base, cause), isFailure: false };
  }
}

/**
 * Returns the error to show while there is no connection.
 *
 * @param gatewayReason a sentence with the reason of the gateway. Default: none
 */
export function notConnected(base: string, cause?: unknown, gatewayReason = ''): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_NOT_CONNECTED',
    `There is no connection to the gateway at ${base}. The client retries; check that the gateway runs, and the URL.${gatewayReason}`,
    { cause },
  );
}
