import { GatewayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/**
 * Refuses a write while its client does not read. The answer has the whole row, however small the write is, and stays in
 * memory until the client reads it. Call it when the write begins: until then, other writes may have been answered.
 *
 * @param unsentBytes bytes that were sent to the client but that its socket has not passed on yet
 * @throws GatewayError SPOOKY_GATEWAY_BUSY
 */
export function refuseUnread(unsentBytes: number): void {
  const { unsentMaxBytes } = LIMITS.socket;
  if (unsentBytes <= unsentMaxBytes) return;
  const retryInMs = LIMITS.writes.retryMs;
  const message = `More than ${unsentMaxBytes} bytes wait until this client reads them. The write was not tried; read them, or try again in ${retryInMs} ms.`;
  throw new GatewayError('SPOOKY_GATEWAY_BUSY', message, { retryInMs });
}
