import { Uuid } from 'surrealdb';
import type { CallOptions, Wire } from '../connection/wire.ts';
import { isExpired, isSessionEnded } from '../database/database-errors.ts';
import { retryConflicts } from '../database/retry-conflicts.ts';
import { closed, LinkError } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import type { Bindings, Queries, QueryOptions } from '../queries.ts';
import type { Seat, Seats, Sitter } from './seats.ts';

/** How a user proves who they are: a token of the database, or what a record access asks for. */
export type UserCredentials =
  | { readonly token: string }
  | {
      readonly access: string;
      readonly variables: Record<string, unknown>;
      /** Makes the account first: SIGNUP in place of SIGNIN. Default: false. */
      readonly isNew?: boolean;
    };

export type Authenticate = () => UserCredentials | Promise<UserCredentials>;

/** What one user does runs here, under that user's permissions. */
export interface UserSession extends Queries {
  /** Detaches it for good, at sign-out for example. May be called again. */
  end(): Promise<void>;
}

/** Attached to a wire, under an id that only this wire knows. */
interface Place {
  readonly wire: Wire;
  readonly seat: Seat;
  readonly id: Uuid;
}

/** A session that attaches itself when it is used. */
export function createUserSession(settings: LinkSettings, seats: Seats, authenticate: Authenticate): UserSession {
  let place: Place | undefined;
  let attaching: Promise<Place> | undefined;
  let running = 0;
  let isEnded = false;

  const sitter: Sitter = {
    get busy() {
      return running > 0;
    },
    async leave() {
      const left = place;
      place = undefined;
      seats.forget(sitter);
      if (left) await detach(left);
    },
  };

  /** Where it is attached; attaches it if need be, once for all who wait. */
  function attached(): Promise<Place> {
    if (isEnded) return Promise.reject(closed('this session'));
    if (place && !place.wire.lost.aborted) return Promise.resolve(place);
    attaching ??= attach().finally(() => {
      attaching = undefined;
    });
    return attaching;
  }

  async function attach(): Promise<Place> {
    const seat = await seats.take();
    const wire = await seat.wire().catch((error: unknown) => {
      seat.free();
      throw error;
    });
    const made = { wire, seat, id: Uuid.v4() };
    try {
      await wire.call('attach', [], { session: made.id });
      await signIn(made);
      if (isEnded) throw closed('this session');
    } catch (error) {
      const isDetached = detach(made);
      if (!isSilence(error)) await isDetached;
      throw error;
    }
    place = made;
    return made;
  }

  async function signIn({ wire, id }: Place): Promise<void> {
    const { namespace: ns, database: db } = settings;
    const options: CallOptions = { session: id };
    const credentials = await authenticate();
    // Either way the session is in the namespace and database of its user afterwards.
    try {
      if ('token' in credentials) await wire.call('authenticate', [credentials.token], options);
      else {
        const { access: ac, variables, isNew = false } = credentials;
        await wire.call(isNew ? 'signup' : 'signin', [{ ...variables, ns, db, ac }], options);
      }
    } catch (error) {
      throw error instanceof LinkError ? error : refused(error);
    }
  }

  /** One attempt. A session that has ended on the server is attached once more: none of the text was run. */
  async function run(text: string, values: Record<string, unknown> | undefined, options?: QueryOptions) {
    for (let isRenewed = false; ; isRenewed = true) {
      const used = await attached();
      seats.touch(sitter);
      try {
        return await used.wire.query(text, values, { ...options, session: used.id });
      } catch (error) {
        const isSilent = isSilence(error);
        if (!isSilent && !isSessionEnded(error)) throw error;
        if (place === used) {
          // The next query gets another session. This one may be busy for long, so nothing waits for its end.
          void sitter.leave();
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
    async end() {
      isEnded = true;
      await attaching?.catch(() => undefined);
      await sitter.leave();
    },
  };
}

/** The server waits for what runs in the session; the seat is free when it has confirmed, or with the wire. */
async function detach({ wire, seat, id }: Place): Promise<void> {
  const options = { session: id, timeoutMs: Number.POSITIVE_INFINITY };
  await wire.call('detach', [], options).catch(() => undefined);
  seat.free();
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
  const message = 'the token of this session has expired; give a new one, or let the user sign in again';
  return new LinkError('SPOOKY_LINK_SESSION_EXPIRED', message, { cause });
}
