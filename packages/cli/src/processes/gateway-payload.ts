import type { GatewayOptions } from '@spookify/gateway';

/** The options that `spooky dev` sends to the gateway's process over the supervisor's channel, so that its environment has no secret. */
export type GatewayPayload = Omit<GatewayOptions, 'logger'>;
