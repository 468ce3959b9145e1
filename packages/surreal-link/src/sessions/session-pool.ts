/*
 * Engine sessions of many users, on as few connections as they need.
 *
 * A server takes 256 sessions on one connection. The pool signs each of its connections in as the service user first, and
 * attaches user sessions to it: a server in service-only mode accepts record users nowhere else.
 *
 *   detached ──query──▶ attached ──evicted · connection lost · expired──▶ detached       any ──end──▶ ended
 *
 * A session is attached when it is used, so after an outage active users come back first and do not wait for
 * the others.
 */
import { Connection } from '../connection/connection.ts';
import { badOptions, closed } from '../errors.ts';
import { type LinkOptions, settingsOf } from '../options.ts';
import { Seats } from './seats.ts';
import { type Authenticate, createUserSession, type UserSession } from './user-session.ts';

/** The link options are those of the service user and of the connections; `waitMs` is 2,000 here by default. */
export interface SessionPoolOptions extends LinkOptions {
  /** The most connections; another is opened when the others are full. Default: 4. */
  readonly connections?: number;
  /** The most sessions of one connection; servers take 256. Default: 256. */
  readonly sessionsPerConnection?: number;
}

export interface SessionPool {
  /**
   * Opens the first connection.
   * @throws LinkError as `Link.open`
   */
  open(): Promise<void>;
  /**
   * A session for one user. It costs nothing until its first query.
   *
   * @param authenticate gives the user's credentials; asked at each attachment, so a token may be minted for the moment
   */
  session(authenticate: Authenticate): UserSession;
  /** Connections that are open, and sessions attached to them. */
  readonly size: { readonly connections: number; readonly sessions: number };
  /** Ends all of it. May be called again. */
  close(): Promise<void>;
}

/** @throws LinkError SPOOKY_LINK_BAD_OPTIONS */
export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const { connections = 4, sessionsPerConnection = 256, ...linkOptions } = options;
  const settings = settingsOf({ waitMs: 2_000, ...linkOptions });
  if (!(connections >= 1)) throw badOptions('connections must be 1 or more');
  if (!(sessionsPerConnection >= 1)) throw badOptions('sessionsPerConnection must be 1 or more');
  const seats = new Seats({
    connections,
    sessionsPerConnection,
    waitMs: settings.waitMs,
    connectTimeoutMs: settings.connectTimeoutMs,
    connect(isFirst) {
      // Only the first makes `open` reject; the others try for as long as the pool is open.
      const connection = new Connection(isFirst ? settings : { ...settings, giveUp: 'never' });
      connection.open().catch(() => undefined);
      return connection;
    },
  });
  let isClosed = false;

  return {
    async open() {
      if (isClosed) throw closed('this pool');
      await seats.first().open();
    },
    session: (authenticate) => createUserSession(settings, seats, authenticate),
    get size() {
      return seats.size;
    },
    async close() {
      isClosed = true;
      await seats.close();
    },
  };
}
