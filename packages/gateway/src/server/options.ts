import type { ChangeLimits } from '../changes/options.ts';
import { type GatewayLogger, silentLogger } from '../logger.ts';
import type { SessionLimits } from '../session/endpoints.ts';
import type { ViewLimits } from '../views/options.ts';
import type { GatewayBackend } from '../writes/backends.ts';
import type { WriteLimits } from '../writes/write-rate.ts';
import { GatewayStartError } from './start-error.ts';

export interface GatewayOptions {
  /** The gateway's own user in the database: `ws://…`, and the service user that may read and write everything. */
  readonly database: {
    readonly url: string;
    readonly namespace: string;
    readonly database: string;
    readonly username: string;
    readonly password: string;
  };
  /** The secret that all gateways of the database share, the same as for `installGateway`: 32 or more of [A-Za-z0-9_-]. */
  readonly tokenKey: string;
  readonly http: {
    /** Default: 127.0.0.1, which only this machine reaches. */
    readonly host?: string;
    /** Default: 0, any free one. */
    readonly port?: number;
    /**
     * Proxies whose `X-Forwarded-For` is believed, besides those on this machine: addresses or networks such as
     * `10.0.0.0/8`. Rates are limited by address, so name the proxy if it is on another machine. Default: none.
     */
    readonly trustedProxies?: readonly string[];
  };
  /** The web pages that may use it, exactly as browsers write an origin: `https://app.example`. */
  readonly origins: readonly string[];
  readonly backends: readonly GatewayBackend[];
  /** Part of the cookie's name where ports share cookies, such as `main-app`. */
  readonly project: string;
  /** Default: silent. */
  readonly logger?: GatewayLogger;
  /** In place of some of the numbers of LIMITS. */
  readonly limits?: GatewayLimits;
}

export interface GatewayLimits {
  readonly session?: Partial<SessionLimits>;
  readonly writes?: Partial<WriteLimits>;
  /** Of writes to jobs that exist. */
  readonly requests?: Partial<WriteLimits>;
  readonly changes?: Partial<ChangeLimits>;
  readonly views?: Partial<ViewLimits>;
}

export interface GatewaySettings extends Omit<GatewayOptions, 'origins' | 'http' | 'logger' | 'limits'> {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  readonly origins: ReadonlySet<string>;
  readonly logger: GatewayLogger;
  readonly limits: GatewayLimits;
}

/** @throws GatewayStartError SPOOKY_GATEWAY_BAD_OPTIONS */
export function settingsOf({
  http,
  origins,
  logger = silentLogger,
  limits = {},
  ...options
}: GatewayOptions): GatewaySettings {
  const { host = '127.0.0.1', port = 0, trustedProxies = [] } = http;
  if (!/^[\w-]{32,}$/.test(options.tokenKey)) throw bad('tokenKey must be 32 or more letters, digits, - or _');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw bad('http.port must be a port from 0 to 65535');
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin === origin && /^https?:$/.test(url.protocol)) continue;
    throw bad(
      `origins has "${origin}", which is no origin of a page; write it like https://app.example, without a path`,
    );
  }
  return { ...options, host, port, trustedProxies, origins: new Set(origins), logger, limits };
}

function bad(message: string): GatewayStartError {
  return new GatewayStartError('SPOOKY_GATEWAY_BAD_OPTIONS', message);
}
