import type { GatewayOptions } from '@spookify/gateway';

/** What `spooky dev` hands to the gateway's process over the supervisor's channel: its environment holds no secret. */
export type GatewayPayload = Omit<GatewayOptions, 'logger'>;
