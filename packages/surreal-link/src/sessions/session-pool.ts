/**
 * Engine sessions for many users on a few connections.
 *
 * A server accepts 256 sessions per connection. The pool signs in each of its connections as the service user and
 * attaches user sessions to it: a server in service-only mode accepts record users only there.
 *
 *   detached ──query──▶ attached ──evicted · connection lost · expired──▶ detached       any ──close──▶ closed
 *
 * A session is attached when it is used, so after an outage active users are attached first and do not wait for the
 * others.
 */
import { Connection } from '../connection/connection.ts';
import { badOptions, closed } from '../errors.ts';
import { type LinkOptions, settingsOf } from '../options.ts';
import { SessionSlots } from './session-slots.ts';
import { type Authenticate, createUserSession, type UserSession } from './user-session.ts';

/** The link options apply to the service user and its connections. The default of `waitMs` is 2,000. */
export interface SessionPoolOptions extends LinkOptions {
  /** The maximum number of connections. Another one is opened when the others are full. Default: 4. */
  readonly connections?: number;
  /** The maximum number of sessions per connection. Servers accept 256. Default: 256. */
  readonly sessionsPerConnection?: number;
}

/** A pool of user sessions. */
export interface SessionPool {
  /**
   * Opens the first connection.
   *
   * @throws LinkError as `Link.open`
   */
  open(): Promise<void>;
  /**
   * Creates a session for one user. It uses no resources until its first query.
   *
   * @param authenticate returns the user's credentials; called at each attachment, so it can create a short-lived token
   */
  session(authenticate: Authenticate): UserSession;
  /** The number of open connections and of sessions attached to them. */
  readonly size: { readonly connections: number; readonly sessions: number };
  /** Closes all sessions and connections. Safe to call again. */
  close(): Promise<void>;
}

/**
 * Creates a pool. `open` connects it.
 *
 * @throws LinkError SPOOKY_LINK_BAD_OPTIONS
 */
export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const { connections = 4, sessionsPerConnection = 256, ...linkOptions } = options;
  const settings = settingsOf({ waitMs: 2_000, ...linkOptions });
  if (!(connections >= 1)) throw badOptions('connections must be 1 or more');
  if (!(sessionsPerConnection >= 1)) throw badOptions('sessionsPerConnection must be 1 or more');
  const slots = new SessionSlots({
    connections,
    sessionsPerConnection,
    waitMs: settings.waitMs,
    connectTimeoutMs: settings.connectTimeoutMs,
    connect(isFirst) {
      // Only the first connection can make `open` reject. The others retry for as long as the pool is open.
      const connection = new Connection(isFirst ? settings : { ...settings, giveUp: 'never' });
      connection.open().catch(() => undefined);
      return connection;
    },
  });
  let isClosed = false;

  return {
    async open() {
      if (isClosed) throw closed('this pool');
      await slots.first().open();
    },
    session: (authenticate) => createUserSession(settings, slots, authenticate),
    get size() {
      return slots.size;
    },
    async close() {
      isClosed = true;
      await slots.close();
    },
  };
}
