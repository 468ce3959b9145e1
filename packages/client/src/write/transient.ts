import type { WireErrorBody, WireErrorCode } from '@spookify/gateway/wire';

const TRANSIENT: readonly WireErrorCode[] = [
  'SPOOKY_GATEWAY_BUSY',
  'SPOOKY_GATEWAY_DATABASE_AWAY',
  'SPOOKY_GATEWAY_OUTCOME_UNKNOWN',
  // The session has ended during the write. The user may sign in again.
  'SPOOKY_GATEWAY_SIGNED_OUT',
];

/** Whether the same write may succeed later without any change. */
export function isTransient({ code }: WireErrorBody): boolean {
  return TRANSIENT.includes(code);
}
