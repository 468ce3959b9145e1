import { setTimeout as delay } from 'node:timers/promises';
import type { RecordId } from 'surrealdb';
import { SESSION_TABLE } from '../install/names.ts';
import { LIMITS } from '../limits.ts';
import { type GatewayLogger, shortId } from '../logger.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Changes } from '../views/subscriber.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import type { ClientSocket } from './client/client-socket.ts';

/*
 * All open sockets of this gateway, and why they are closed:
 *
 *   its row of spooky_session was deleted    a round reports it, also if another gateway ended the session
 *   the user's record was deleted            a round reports the record; a lookup finds out whether it still exists
 *   the session has expired                  a timer per socket; the row is read first, as another gateway may have renewed it
 *   it ended while the socket was opening    it is looked up again if a round reported changes between the lookup and `add`
 *   an end that no round reports             every session is looked up once a minute, and after a reset
 */

/** Node's timers accept at most 31 bits. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const PORTION = 500;
const CLOSE_WAIT_MS = 500;

export class OpenSockets {
  readonly #sessions: Sessions;
  readonly #logger: GatewayLogger;
  readonly #bySession = new Map<string, Set<ClientSocket>>();
  readonly #byUser = new Map<string, Set<ClientSocket>>();
  readonly #timers = new Map<ClientSocket, NodeJS.Timeout>();
  /** Sockets that `closeAll` has closed. */
  readonly #closing = new WeakSet<ClientSocket>();
  #changesSeen = 0;
  #whenEmpty = (): void => undefined;

  constructor(sessions: Sessions, logger: GatewayLogger) {
    this.#sessions = sessions;
    this.#logger = logger;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** The number of users with open sockets. */
  get users(): number {
    return this.#byUser.size;
  }

  /** The number of rounds whose changes were reported. */
  get changesSeen(): number {
    return this.#changesSeen;
  }

  /** The number of open sockets of one user. */
  countOf(user: RecordId): number {
    return this.#byUser.get(user.toString())?.size ?? 0;
  }

  /**
   * @param seen the value of `changesSeen` before the session was looked up. A round since then may have reported the
   *   end of this session when its socket was not registered yet; the session is then looked up again.
   */
  add(socket: ClientSocket, seen: number): void {
    const { id, user, leftMs } = socket.session;
    setOf(this.#bySession, id).add(socket);
    setOf(this.#byUser, user).add(socket);
    this.#expireIn(socket, leftMs);
    if (seen !== this.#changesSeen) void this.#lookUp([id]);
  }

  remove(socket: ClientSocket): void {
    const { id, user } = socket.session;
    removeFrom(this.#bySession, id, socket);
    removeFrom(this.#byUser, user, socket);
    clearTimeout(this.#timers.get(socket));
    this.#timers.delete(socket);
    if (this.size === 0) this.#whenEmpty();
  }

  /**
   * Closes all sockets, a portion at a time, so that their clients do not connect to another gateway all at once. The
   * others are served in the meantime. Then waits briefly for the closing handshakes.
   */
  async closeAll(code: number, reason: string): Promise<void> {
    const { closePortionMs, closePortionMin, closeMaxMs } = LIMITS.socket;
    const portion = Math.max(closePortionMin, Math.ceil((this.size * closePortionMs) / closeMaxMs));
    while (this.size > 0) {
      const open = [...this.#timers.keys()].filter((socket) => !this.#closing.has(socket));
      for (const socket of open.slice(0, portion)) {
        this.#closing.add(socket);
        socket.close(code, reason);
      }
      if (open.length <= portion) break;
      await delay(closePortionMs);
    }
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WAIT_MS);
      this.#whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Reports the changes of a round. */
  changed(changes: Changes): void {
    this.#changesSeen += 1;
    if (changes === 'reset') return void this.recheck();
    const users: RecordId[] = [];
    for (const id of changes) {
      if (id.table.name === SESSION_TABLE) this.#signOut(this.#bySession.get(id.toString()));
      else if (this.#byUser.has(id.toString())) users.push(id);
    }
    const ids = users.flatMap((user) =>
      [...(this.#byUser.get(user.toString()) ?? [])].map(({ session }) => session.id),
    );
    if (ids.length > 0) void this.#lookUp(ids);
  }

  /** Looks every session up, a portion at a time. Never throws. */
  async recheck(): Promise<void> {
    const ids = [...this.#timers.keys()].map(({ session }) => session.id);
    for (let at = 0; at < ids.length; at += PORTION) await this.#lookUp(ids.slice(at, at + PORTION));
  }

  async #lookUp(ids: readonly RecordId[]): Promise<void> {
    try {
      const valid = new Map((await this.#sessions.findValid(ids)).map((session) => [session.id.toString(), session]));
      for (const id of ids) {
        const session = valid.get(id.toString());
        const sockets = this.#bySession.get(id.toString());
        if (session === undefined) this.#signOut(sockets);
        else for (const socket of sockets ?? []) this.#expireIn(socket, session.leftMs);
      }
      const ended = ids.filter((id) => !valid.has(id.toString()));
      if (ended.length > 0) await this.#sessions.remove(ended);
    } catch (err) {
      // The database does not answer. Nothing is written or shown meanwhile, and the next lookup follows soon.
      this.#logger.warn({ err }, 'sessions could not be looked up; trying again');
      for (const id of ids)
        for (const socket of this.#bySession.get(id.toString()) ?? []) this.#expireIn(socket, RETRY_MS);
    }
  }

  #expireIn(socket: ClientSocket, leftMs: number): void {
    clearTimeout(this.#timers.get(socket));
    const timer = setTimeout(
      () => void this.#lookUp([socket.session.id]),
      Math.min(Math.max(leftMs, 0) + EXPIRY_MARGIN_MS, TIMER_MAX_MS),
    );
    timer.unref();
    this.#timers.set(socket, timer);
  }

  #signOut(sockets: ReadonlySet<ClientSocket> | undefined): void {
    for (const socket of [...(sockets ?? [])]) {
      this.#logger.info({ user: shortId(socket.session.user) }, 'a session ended; its socket closes');
      socket.close(CLOSE_REASONS.signedOut, 'the session has ended');
    }
  }
}

/** The delay before another lookup, after one that failed. */
const RETRY_MS = 1_000;
/** Added to the expiry time, so that the database agrees that the session has expired. */
const EXPIRY_MARGIN_MS = 20;

/** Why this user may not open another socket, or undefined. */
export function refusalOf(sockets: OpenSockets, user: RecordId): string | undefined {
  const { max, maxPerUser } = LIMITS.socket;
  if (sockets.size >= max) return `more than ${max} sockets`;
  return sockets.countOf(user) >= maxPerUser ? `more than ${maxPerUser} sockets of one user` : undefined;
}

function setOf(map: Map<string, Set<ClientSocket>>, id: RecordId): Set<ClientSocket> {
  const key = id.toString();
  const kept = map.get(key) ?? new Set();
  map.set(key, kept);
  return kept;
}

function removeFrom(map: Map<string, Set<ClientSocket>>, id: RecordId, socket: ClientSocket): void {
  const kept = map.get(id.toString());
  kept?.delete(socket);
  if (kept?.size === 0) map.delete(id.toString());
}
