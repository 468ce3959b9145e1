import { Uuid } from 'surrealdb';
import type { CallOptions, DatabaseSocket } from '../connection/database-socket.ts';
import { isExpired, isSessionEnded } from '../database/database-errors.ts';
import { retryConflicts } from '../database/retry-conflicts.ts';
import { closed, LinkError } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import type { Bindings, Queries, QueryOptions } from '../queries.ts';
import type { SessionSlots, Slot, SlotHolder } from './session-slots.ts';

/** A user's credentials: a token of the database, or the variables that a record access reads. */
export type UserCredentials =
  | { readonly token: string }
  | {
      readonly access: string;
      readonly variables: Record<string, unknown>;
      /** Whether to create the account first, by SIGNUP instead of SIGNIN. Default: false. */
      readonly isNew?: boolean;
    };

/** Returns a user's credentials when a session is attached. */
export type Authenticate = () => UserCredentials | Promise<UserCredentials>;

/** Runs queries with the permissions of one user. */
export interface UserSession extends Queries {
  /** Detaches the session permanently, for example when the user signs out. Safe to call again. */
  close(): Promise<void>;
}

/** A session attached to a socket. Its id is only valid on this socket. */
interface Attachment {
  readonly socket: DatabaseSocket;
  readonly slot: Slot;
  readonly id: Uuid;
}

/** Creates a session that is attached when it is used. */
export function createUserSession(
  settings: LinkSettings,
  slots: SessionSlots,
  authenticate: Authenticate,
): UserSession {
  let attachment: Attachment | undefined;
  let attaching: Promise<Attachment> | undefined;
  let running = 0;
  let isEnded = false;

  const holder: SlotHolder = {
    get busy() {
      return running > 0;
    },
    async evict() {
      const left = attachment;
      attachment = undefined;
      slots.remove(holder);
      if (left) await detach(left);
    },
  };

  /** The current attachment. Attaches the session if necessary, once for all queries that wait. */
  function attached(): Promise<Attachment> {
    if (isEnded) return Promise.reject(closed('this session'));
    if (attachment && !attachment.socket.lost.aborted) return Promise.resolve(attachment);
    attaching ??= attach().finally(() => {
      attaching = undefined;
    });
    return attaching;
  }

  async function attach(): Promise<Attachment> {
    const slot = await slots.acquire();
    const socket = await slot.socket().catch((error: unknown) => {
      slot.release();
      throw error;
    });
    const made = { socket, slot, id: Uuid.v4() };
    try {
      await socket.call('attach', [], { session: made.id });
      await signIn(made);
      if (isEnded) throw closed('this session');
    } catch (error) {
      const isDetached = detach(made);
      if (!isSilence(error)) await isDetached;
      throw error;
    }
    attachment = made;
    return made;
  }

  async function signIn({ socket, id }: Attachment): Promise<void> {
    const { namespace: ns, database: db } = settings;
    const options: CallOptions = { session: id };
    const credentials = await authenticate();
    // In both cases the session then has the namespace and database of its user selected.
    try {
      if ('token' in credentials) await socket.call('authenticate', [credentials.token], options);
      else {
        const { access: ac, variables, isNew = false } = credentials;
        await socket.call(isNew ? 'signup' : 'signin', [{ ...variables, ns, db, ac }], options);
      }
    } catch (error) {
      throw error instanceof LinkError ? error : refused(error);
    }
  }

  /** One attempt. If the session has ended on the server, it is attached once more, because no statement was run. */
  async function run(text: string, values: Record<string, unknown> | undefined, options?: QueryOptions) {
    for (let isRenewed = false; ; isRenewed = true) {
      const used = await attached();
      slots.touch(holder);
      try {
        return await used.socket.query(text, values, { ...options, session: used.id });
      } catch (error) {
        const isSilent = isSilence(error);
        if (!isSilent && !isSessionEnded(error)) throw error;
        if (attachment === used) {
          // The next query attaches a new session. The old one may stay busy for long, so do not wait for its end.
          void holder.evict();
        }
        if (isSilent) throw error;
        if (isRenewed) throw expired(error);
      }
    }
  }

  async function queryAll<Results extends unknown[]>(text: string, bindings?: Bindings, options?: QueryOptions) {
    running += 1;
    try {
      const results = await retryConflicts({ ...settings, ...options }, (attempt) =>
        run(text, typeof bindings === 'function' ? bindings(attempt) : bindings, options),
      );
      return results as Results;
    } finally {
      running -= 1;
    }
  }

  return {
    queryAll,
    async query<Result>(text: string, bindings?: Bindings, options?: QueryOptions) {
      return (await queryAll(text, bindings, options)).at(-1) as Result;
    },
    async close() {
      isEnded = true;
      await attaching?.catch(() => undefined);
      await holder.evict();
    },
  };
}

/**
 * The server first completes the session's running statements. The slot is released when it confirms, or when the
 * socket ends.
 */
async function detach({ socket, slot, id }: Attachment): Promise<void> {
  const options = { session: id, timeoutMs: Number.POSITIVE_INFINITY };
  await socket.call('detach', [], options).catch(() => undefined);
  slot.release();
}

function isSilence(error: unknown): boolean {
  return error instanceof LinkError && error.code === 'SPOOKY_LINK_SILENT';
}

function refused(cause: unknown): LinkError {
  if (isExpired(cause)) return expired(cause);
  const message = 'the database refuses the credentials of this session; let the user sign in again';
  return new LinkError('SPOOKY_LINK_SESSION_REFUSED', message, { cause });
}

function expired(cause: unknown): LinkError {
  const message = 'the token of this session has expired; pass a new one, or let the user sign in again';
  return new LinkError('SPOOKY_LINK_SESSION_EXPIRED', message, { cause });
}
