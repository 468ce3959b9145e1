import { createGateway } from '@spookify/gateway';
import type { ProcessContext } from '@spookify/supervisor';
import { pino } from 'pino';
import type { GatewayPayload } from './gateway-payload.ts';
import { readyWithHeartbeat } from './heartbeat.ts';

/** A gateway as a supervised process. When it stops, it closes the sockets, and clients reconnect to the next one. */
export default async function gateway(process: ProcessContext): Promise<void> {
  const server = createGateway({ ...(process.payload as GatewayPayload), logger: pino({ base: null, level: 'warn' }) });
  let isStopped = false;
  process.onStop(() => {
    isStopped = true;
    return server.stop();
  });
  try {
    await server.start();
    if (!isStopped) readyWithHeartbeat(process);
  } catch (error) {
    // A stop during the start is not a failure.
    if (!isStopped) process.fail(error);
  }
}
