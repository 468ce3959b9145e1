import type { ChangeLimits } from '../changes/options.ts';
import { type GatewayLogger, silentLogger } from '../logger.ts';
import type { StatusAddress } from '../observe/status-server.ts';
import type { SessionLimits } from '../session/endpoints.ts';
import type { ViewLimits } from '../views/options.ts';
import type { GatewayBackend } from '../writes/backends.ts';
import type { ReceiptLimits } from '../writes/receipt-sweep.ts';
import type { WriteLimits } from '../writes/write-rate.ts';
import { GatewayStartError } from './start-error.ts';

/** How a gateway runs. `spooky gateway` fills them in from sp00ky.yml, the environment and its flags. */
export interface GatewayOptions {
  /**
   * How the gateway connects to the database: the URL of its RPC endpoint (`ws://…` or `wss://…`), and a service user
   * that may read and write everything.
   */
  readonly database: {
    readonly url: string;
    readonly namespace: string;
    readonly database: string;
    readonly username: string;
    readonly password: string;
  };
  /**
   * The secret that all gateways of the database share, as given to `installGateway`: 32 or more letters, digits, `-`
   * or `_`.
   */
  readonly tokenKey: string;
  /** Where the gateway serves HTTP and its WebSocket. */
  readonly http: {
    /** The address to listen on. Default: 127.0.0.1, which is reachable from this machine only. */
    readonly host?: string;
    /** The port to listen on. Default: 0, any free port. */
    readonly port?: number;
    /**
     * Proxies whose `X-Forwarded-For` is trusted, besides those on this machine: addresses, or networks such as
     * `10.0.0.0/8`. Rates are limited by address, so list the proxy if it runs on another machine. Default: none.
     */
    readonly trustedProxies?: readonly string[];
  };
  /**
   * Where the gateway serves probes and metrics to its operator. Default: nowhere. It must not be an address that
   * browsers reach.
   */
  readonly status?: StatusAddress;
  /** The origins of the web pages that may use the gateway, exactly as browsers write them: `https://app.example`. */
  readonly origins: readonly string[];
  /** The backends whose jobs browsers may start. */
  readonly backends: readonly GatewayBackend[];
  /**
   * The project's name, such as `main-app`. It becomes part of the cookie's name without TLS, where all ports of a host
   * share cookies.
   */
  readonly project: string;
  /** Where to log. Default: nowhere. */
  readonly logger?: GatewayLogger;
  /** Replaces some of the limits in limits.ts. Default: none. */
  readonly limits?: GatewayLimits;
}

/** Limits of a gateway that may be replaced. The defaults are in limits.ts. */
export interface GatewayLimits {
  /** Requests to the session endpoints. */
  readonly session?: Partial<SessionLimits>;
  /** The rate of writes. */
  readonly writes?: Partial<WriteLimits>;
  /** The rate of updates to existing jobs. */
  readonly requests?: Partial<WriteLimits>;
  /**
   * How long receipts of writes are kept, and how they are deleted. A page that was offline for longer than `keepMs` may
   * make a write a second time.
   */
  readonly receipts?: Partial<ReceiptLimits>;
  /** How rounds read changes. */
  readonly changes?: Partial<ChangeLimits>;
  /** Sizes and times of views. */
  readonly views?: Partial<ViewLimits>;
}

/** Checked options with their defaults. */
export interface GatewaySettings extends Omit<GatewayOptions, 'origins' | 'http' | 'logger' | 'limits'> {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  readonly origins: ReadonlySet<string>;
  readonly logger: GatewayLogger;
  readonly limits: GatewayLimits;
}

/**
 * Fills in the defaults.
 * @throws GatewayStartError SPOOKY_GATEWAY_BAD_OPTIONS
 */
export function settingsOf({
  http,
  origins,
  logger = silentLogger,
  limits = {},
  ...options
}: GatewayOptions): GatewaySettings {
  const { host = '127.0.0.1', port = 0, trustedProxies = [] } = http;
  if (!/^[\w-]{32,}$/.test(options.tokenKey)) throw bad('tokenKey must be 32 or more letters, digits, - or _');
  if (!isPort(port)) throw bad('http.port must be a port from 0 to 65535');
  if (!isPort(options.status?.port ?? 0)) throw bad('status.port must be a port from 0 to 65535');
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin === origin && /^https?:$/.test(url.protocol)) continue;
    throw bad(`origins has "${origin}", which is not an origin; write it like https://app.example, without a path`);
  }
  return { ...options, host, port, trustedProxies, origins: new Set(origins), logger, limits };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function bad(message: string): GatewayStartError {
  return new GatewayStartError('SPOOKY_GATEWAY_BAD_OPTIONS', message);
}
