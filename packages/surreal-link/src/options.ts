import { type Clock, realClock } from './clock.ts';
import { badOptions } from './errors.ts';
import { type LinkLogger, silentLogger } from './logger.ts';

/** Where a user of the database is defined. */
export type UserLevel = 'root' | 'namespace' | 'database';

/** Where to connect, as which user, and with which time limits. Times are in milliseconds. */
export interface LinkOptions {
  /** `ws://host:port/rpc` or `wss://…`; `http(s)` and a missing `/rpc` are corrected. */
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  /** Where the user is defined; tried in this order. Default: the database only. */
  readonly levels?: readonly UserLevel[];
  /** Defines the namespace and the database if they are missing; the user must be allowed to. Default: false. */
  readonly defineMissing?: boolean;
  /** How messages call the user. Default: the user name. */
  readonly name?: string;
  /**
   * What ends the first attempt to connect: `refused` gives up when the database refuses the user and waits for one that
   * is away; `failed` gives up at the first failure of any kind; `never` goes on. Once connected, a link never gives up.
   * Default: `refused`.
   */
  readonly giveUp?: 'never' | 'refused' | 'failed';
  /** Datetimes as `Date`, cut to milliseconds, in place of the SDK's `DateTime`. Default: false. */
  readonly nativeDates?: boolean;
  /** For opening a connection and signing in. Default: 5,000. */
  readonly connectTimeoutMs?: number;
  /** For one answer; past it the connection counts as dead. `Infinity` waits for as long as it is open. Default: 10,000. */
  readonly queryTimeoutMs?: number;
  /** How long a query waits for a connection before it fails. Default: 0. */
  readonly waitMs?: number;
  /** The pause before the second attempt to connect; each later one is twice as long. Default: 50. */
  readonly firstPauseMs?: number;
  /** The longest pause between two attempts. Default: 500, so that a service is back soon after its database. */
  readonly lastPauseMs?: number;
  /** How long a connection may be quiet before it is probed with a query. `Infinity` never probes. Default: 20,000. */
  readonly heartbeatMs?: number;
  /** How often a transaction that loses against others is sent, the first time included. Default: 20. */
  readonly conflictAttempts?: number;
  /** Default: silent. */
  readonly logger?: LinkLogger;
  /** In [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: the real one. */
  readonly clock?: Clock;
}

/** The options with their defaults. */
export type LinkSettings = Required<Omit<LinkOptions, 'url'>> & { readonly url: URL };

const POSITIVE = ['connectTimeoutMs', 'queryTimeoutMs', 'firstPauseMs', 'lastPauseMs', 'heartbeatMs'] as const;

/** @throws LinkError SPOOKY_LINK_BAD_OPTIONS */
export function settingsOf(options: LinkOptions): LinkSettings {
  const settings: LinkSettings = {
    levels: ['database'],
    defineMissing: false,
    name: options.username,
    giveUp: 'refused',
    nativeDates: false,
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 10_000,
    waitMs: 0,
    firstPauseMs: 50,
    lastPauseMs: 500,
    heartbeatMs: 20_000,
    conflictAttempts: 20,
    logger: silentLogger,
    random: Math.random,
    clock: realClock,
    ...options,
    url: endpointOf(options.url),
  };
  for (const name of POSITIVE) {
    if (!(settings[name] > 0)) throw badOptions(`${name} must be a number of milliseconds above 0`);
  }
  if (!(settings.waitMs >= 0)) throw badOptions('waitMs must be a number of milliseconds, 0 or more');
  if (!(settings.conflictAttempts >= 1)) throw badOptions('conflictAttempts must be 1 or more');
  if (settings.levels.length === 0) throw badOptions('levels must name at least one level, such as database');
  return settings;
}

function endpointOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const scheme = { 'ws:': 'ws:', 'wss:': 'wss:', 'http:': 'ws:', 'https:': 'wss:' }[url?.protocol ?? ''];
  if (url === undefined || scheme === undefined) {
    throw badOptions('url must be an address such as ws://127.0.0.1:8000/rpc');
  }
  const path = url.pathname.endsWith('/rpc') ? url.pathname : `${url.pathname.replace(/\/$/, '')}/rpc`;
  return new URL(`${scheme}//${url.host}${path}${url.search}`);
}
