import type { SpookyConfig } from '@spookify/config';
import type { WantedPort } from '../../ports.ts';

/** The usual ports. Those of backends are in sp00ky.yml. */
const WEB_PORT = 3600;
const DATABASE_PORT = 3666;
const GATEWAY_PORT = 3668;
const GATEWAY_STATUS_PORT = 3655;
const LOOPBACK = '127.0.0.1';

/** The actual URLs of the parts of a stack. */
export interface Placement {
  readonly web?: string;
  readonly database: string;
  /** The front end's proxy forwards `/spooky` to it. */
  readonly gateway: string;
  /** The port of the gateway's status server. */
  readonly gatewayStatusPort: number;
  /** The port of the runner's status server. Absent if `runner.port` is 0, which disables the server. */
  readonly runnerPort?: number;
  /** Base URLs, by backend. */
  readonly backends: Readonly<Record<string, string>>;
}

/** The ports that this stack opens on this machine. Backends without a `dev` command are not among them. */
export function wantedPorts(config: SpookyConfig): WantedPort[] {
  const local = Object.values(config.backends).filter(({ dev, baseUrl }) => dev !== undefined && isLoopback(baseUrl));
  return [
    ...(config.frontend === undefined ? [] : [{ name: 'web', host: LOOPBACK, port: WEB_PORT }]),
    ...(config.runner.port === 0 ? [] : [{ name: 'runner', host: config.runner.host, port: config.runner.port }]),
    { name: 'gateway', host: LOOPBACK, port: GATEWAY_PORT },
    { name: 'gateway.status', host: LOOPBACK, port: GATEWAY_STATUS_PORT },
    ...local.map(({ name, baseUrl }) => ({ name: `backend.${name}`, ...addressOf(baseUrl) })),
    ...(config.surrealdb.hosting === 'embedded' ? [{ name: 'database', host: LOOPBACK, port: DATABASE_PORT }] : []),
  ];
}

/** The URLs of a stack on these ports. */
export function placementOf(config: SpookyConfig, ports: ReadonlyMap<string, number>): Placement {
  const backends = Object.values(config.backends).map(({ name, baseUrl }): [string, string] => [
    name,
    withPort(baseUrl, ports.get(`backend.${name}`)),
  ]);
  const { surrealdb } = config;
  return {
    ...(config.frontend === undefined ? {} : { web: `http://${LOOPBACK}:${ports.get('web') ?? WEB_PORT}` }),
    database:
      surrealdb.hosting === 'external'
        ? surrealdb.endpoint
        : `ws://${LOOPBACK}:${ports.get('database') ?? DATABASE_PORT}/rpc`,
    gateway: `http://${LOOPBACK}:${ports.get('gateway') ?? GATEWAY_PORT}`,
    gatewayStatusPort: ports.get('gateway.status') ?? GATEWAY_STATUS_PORT,
    ...(config.runner.port === 0 ? {} : { runnerPort: ports.get('runner') ?? config.runner.port }),
    backends: Object.fromEntries(backends),
  };
}

/** The host and port of a URL. */
export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (/^(https|wss):$/.test(protocol) ? 443 : 80) };
}

function withPort(baseUrl: string, port: number | undefined): string {
  if (port === undefined) return baseUrl;
  const url = new URL(baseUrl);
  url.port = String(port);
  return url.href.replace(/\/+$/, '');
}

function isLoopback(url: string): boolean {
  const { host } = addressOf(url);
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
