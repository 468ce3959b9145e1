/**
 * A process that runs only a gateway. It answers `state` with its {@link GatewayState}, and stops like a deployed
 * gateway when its parent disconnects.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGateway, type GatewayOptions, type GatewayStats } from '../../index.ts';

export interface GatewayState {
  /** Bytes of the heap that are in use after a garbage collection, and of the whole process. */
  readonly heap: number;
  readonly rss: number;
  /** Open sockets of clients and to the database. */
  readonly sockets: number;
  readonly stats: GatewayStats;
  /** What was logged as an error. */
  readonly errors: readonly string[];
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const ERRORS_MAX = 20;
const errors: string[] = [];

const options: GatewayOptions = JSON.parse(String(process.argv[2]));
const gateway = createGateway({
  ...options,
  logger: {
    info: () => undefined,
    warn: () => undefined,
    error(details: unknown, message?: string) {
      const { err } = Object(details);
      if (errors.length < ERRORS_MAX) errors.push(`${message ?? ''} ${err ?? JSON.stringify(details)}`);
    },
  },
});
await gateway.start();

function state(): GatewayState {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  return { heap: heapUsed, rss, sockets, stats: gateway.stats, errors };
}

process.on('message', () => process.send?.(state()));
process.on('disconnect', () => void gateway.stop().then(() => process.exit()));
process.send?.('serves');
