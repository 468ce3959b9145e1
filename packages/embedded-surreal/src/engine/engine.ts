/**
 * The engine as the server uses it: sends requests on sessions that the server created, separates results from errors,
 * and passes each live notification to the session that it belongs to.
 *
 * The engine's default session, the one without an id, has every right. Only the server uses it: to define the root
 * user, to end live queries of expired sessions, and to export. No client request ever runs on it.
 */

import { EmbeddedSurrealError } from '../errors.ts';
import { codec } from '../protocol/codec.ts';
import {
  engineRequest,
  errorMessage,
  fail,
  type Notification,
  type Reply,
  readNotification,
  readReply,
  uuidParams,
} from '../protocol/frames.ts';
import { internalError, parseError } from '../protocol/rpc-error.ts';
import { TurnQueue } from '../session/turn-queue.ts';
import type { NativeEngine } from './native-engine.ts';

export type NotificationListener = (notification: Notification) => void;

export class Engine {
  readonly #native: NativeEngine;
  readonly #listeners = new Map<string, NotificationListener>();
  /** The default session has one selected database at a time, so its users take turns. */
  readonly #defaultSessionTurns = new TurnQueue();

  constructor(native: NativeEngine) {
    this.#native = native;
    native.onNotification = (bytes) => {
      const notification = readNotification(bytes);
      if (notification === undefined) return;
      if (notification.engineSession !== undefined) this.#listeners.get(notification.engineSession)?.(notification);
      else for (const listener of this.#listeners.values()) listener(notification);
    };
  }

  /** Runs one request. Never throws: a request that the engine cannot read returns a parse error. */
  async execute(request: Uint8Array): Promise<Reply> {
    try {
      return readReply(await this.#native.execute(request));
    } catch (error) {
      return fail(error instanceof EmbeddedSurrealError ? internalError(error.message) : parseError());
    }
  }

  /** Creates a session in which no user is signed in, and passes its live notifications to `listener`. */
  async attach(engineSession: string, listener: NotificationListener): Promise<void> {
    this.#listeners.set(engineSession, listener);
    await this.execute(engineRequest('attach', noParams, engineSession));
  }

  /** Ends a session and its live queries. Safe to call again. */
  async detach(engineSession: string): Promise<void> {
    this.#listeners.delete(engineSession);
    await this.execute(engineRequest('detach', noParams, engineSession));
  }

  /** Ends a live query of any session. Does nothing if it has already ended. */
  async killLiveQuery(namespace: string, database: string, live: string): Promise<void> {
    await this.#defaultSessionTurns.exclusive(async () => {
      await this.#select(namespace, database);
      await this.execute(engineRequest('kill', uuidParams(live), undefined));
    });
  }

  /** The whole database as SurrealQL. The caller must check that the client may read it. */
  async exportSql(namespace: string, database: string, options: object): Promise<string> {
    return this.#defaultSessionTurns.exclusive(async () => {
      await this.#select(namespace, database);
      return this.#native.exportSql(options);
    });
  }

  /** Runs SurrealQL with every right. Throws SPOOKY_DB_QUERY_FAILED if one of the statements fails. */
  async queryAsOwner(text: string, variables: object = {}): Promise<unknown[]> {
    const reply = await this.#defaultSessionTurns.exclusive(() =>
      this.execute(engineRequest('query', codec.encode([text, variables]), undefined)),
    );
    if (!reply.ok) throw queryFailed(errorMessage(reply.error));
    const results = codec.decode(reply.result) as { status: string; result: unknown }[];
    for (const { status, result } of results) if (status !== 'OK') throw queryFailed(String(result));
    return results.map(({ result }) => result);
  }

  /** Runs a minimal query without waiting for the default session, which an export can hold for a long time. */
  async ping(): Promise<void> {
    const reply = await this.execute(engineRequest('query', smallestQuery, undefined));
    if (!reply.ok) throw queryFailed(errorMessage(reply.error));
  }

  async useAsOwner(namespace: string, database: string): Promise<void> {
    const reply = await this.#defaultSessionTurns.exclusive(() => this.#select(namespace, database));
    if (!reply.ok) throw queryFailed(errorMessage(reply.error));
  }

  #select(namespace: string, database: string): Promise<Reply> {
    return this.execute(engineRequest('use', codec.encode([namespace, database]), undefined));
  }

  async version(): Promise<string> {
    const reply = await this.execute(engineRequest('version', noParams, undefined));
    return reply.ok ? String(codec.decode(reply.result)) : 'surrealdb';
  }
}

export const noParams: Uint8Array = codec.encode([]);
const smallestQuery = codec.encode(['RETURN true', {}]);

const queryFailed = (message: string): EmbeddedSurrealError =>
  new EmbeddedSurrealError('SPOOKY_DB_QUERY_FAILED', `The database refused a statement: ${message}`);
