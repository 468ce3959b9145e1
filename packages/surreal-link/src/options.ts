import { type Clock, systemClock } from './clock.ts';
import { badOptions } from './errors.ts';
import { type LinkLogger, silentLogger } from './logger.ts';

/** The level at which a user of the database is defined. */
export type UserLevel = 'root' | 'namespace' | 'database';

/** Where to connect, as which user, and with which time limits. All times are in milliseconds. */
export interface LinkOptions {
  /** The address, such as `ws://host:port/rpc` or `wss://…`. `http(s)` and a missing `/rpc` are corrected. */
  readonly url: string;
  /** The namespace to select. */
  readonly namespace: string;
  /** The database to select. */
  readonly database: string;
  /** The name of the database user. */
  readonly username: string;
  /** The password of the database user. */
  readonly password: string;
  /** Levels at which the user may be defined, tried in this order. Default: `['database']`. */
  readonly levels?: readonly UserLevel[];
  /**
   * Whether to define the namespace and the database if they are missing. The user must have the right to. Default:
   * false.
   */
  readonly defineMissing?: boolean;
  /** The name of the user in messages. Default: the user name. */
  readonly name?: string;
  /**
   * Which failures of the first connection make the link give up: `refused` when the database refuses the user, while
   * it waits for a database that is away; `failed` at the first failure of any kind; `never` at none. After the first
   * connection a link never gives up. Default: `refused`.
   */
  readonly giveUp?: 'never' | 'refused' | 'failed';
  /** Whether datetimes become `Date`, truncated to milliseconds, instead of the SDK's `DateTime`. Default: false. */
  readonly nativeDates?: boolean;
  /** The time limit for opening a connection and for each request of signing in. Default: 5,000. */
  readonly connectTimeoutMs?: number;
  /**
   * The time limit for an answer. After it the connection counts as dead. `Infinity` waits as long as it is open.
   * Default: 10,000.
   */
  readonly queryTimeoutMs?: number;
  /** How long a query waits for a connection before it fails. Default: 0; 2,000 in a session pool. */
  readonly waitMs?: number;
  /** The pause before the second attempt to connect. It doubles with each attempt. Default: 50. */
  readonly firstPauseMs?: number;
  /**
   * The longest pause between two attempts. Default: 500, so that a service reconnects soon after its database is back.
   */
  readonly lastPauseMs?: number;
  /** How long a connection may be quiet before it is probed with a query. `Infinity` never probes. Default: 20,000. */
  readonly heartbeatMs?: number;
  /** How often a transaction that loses conflicts is sent, including the first time. Default: 20. */
  readonly conflictAttempts?: number;
  /** Receives the link's log. Default: nothing is logged. */
  readonly logger?: LinkLogger;
  /** A source of random numbers in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** The options with their defaults applied. */
export type LinkSettings = Required<Omit<LinkOptions, 'url'>> & { readonly url: URL };

const POSITIVE = ['connectTimeoutMs', 'queryTimeoutMs', 'firstPauseMs', 'lastPauseMs', 'heartbeatMs'] as const;

/**
 * Applies the defaults and checks the options.
 *
 * @throws LinkError SPOOKY_LINK_BAD_OPTIONS
 */
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
    clock: systemClock,
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
