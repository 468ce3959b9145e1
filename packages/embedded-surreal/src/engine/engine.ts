/**
 * The engine as the server uses it: requests on sessions that the server made, answers told apart, notifications
 * handed to the session they belong to.
 *
 * The engine's own session, the one without an id, is all-powerful and stays the server's: it defines the root user,
 * ends live queries whose session has expired, and exports. No client's request ever reaches it.
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
  /** The own session has one selected database at a time, so its users take turns. */
  readonly #owner = new TurnQueue();

  constructor(native: NativeEngine) {
    this.#native = native;
    native.onNotification = (bytes) => {
      const notification = readNotification(bytes);
      if (notification === undefined) return;
      if (notification.engineSession !== undefined) this.#listeners.get(notification.engineSession)?.(notification);
      else for (const listener of this.#listeners.values()) listener(notification);
    };
  }

  /** Runs one request. What the engine cannot read is answered with a parse error, and nothing is thrown. */
  async execute(request: Uint8Array): Promise<Reply> {
    try {
      return readReply(await this.#native.execute(request));
    } catch (error) {
      return fail(error instanceof EmbeddedSurrealError ? internalError(error.message) : parseError());
    }
  }

  /** Makes a session, in which nobody is signed in, and sends its notifications to `listener`. */
  async attach(engineSession: string, listener: NotificationListener): Promise<void> {
    this.#listeners.set(engineSession, listener);
    await this.execute(engineRequest('attach', noParams, engineSession));
  }

  /** Ends a session with its live queries; ending it again does no harm. */
  async detach(engineSession: string): Promise<void> {
    this.#listeners.delete(engineSession);
    await this.execute(engineRequest('detach', noParams, engineSession));
  }

  /** Ends a live query of any session; one that has ended already is no error. */
  async killLive(namespace: string, database: string, live: string): Promise<void> {
    await this.#owner.exclusive(async () => {
      await this.#select(namespace, database);
      await this.execute(engineRequest('kill', uuidParams(live), undefined));
    });
  }

  /** The whole database as SurrealQL. Whether the asker may have it is for the caller to know. */
  async exportSql(namespace: string, database: string, options: object): Promise<string> {
    return this.#owner.exclusive(async () => {
      await this.#select(namespace, database);
      return this.#native.exportSql(options);
    });
  }

  /** Runs SurrealQL with all power. Throws SPOOKY_DB_QUERY_FAILED when any of its statements fails. */
  async queryAsOwner(text: string, variables: object = {}): Promise<unknown[]> {
    const reply = await this.#owner.exclusive(() =>
      this.execute(engineRequest('query', codec.encode([text, variables]), undefined)),
    );
    if (!reply.ok) throw queryFailed(errorMessage(reply.error));
    const results = codec.decode(reply.result) as { status: string; result: unknown }[];
    for (const { status, result } of results) if (status !== 'OK') throw queryFailed(String(result));
    return results.map(({ result }) => result);
  }

  /** Runs the smallest query, without a turn of the owner's session, which an export may hold for long. */
  async ask(): Promise<void> {
    const reply = await this.execute(engineRequest('query', smallestQuery, undefined));
    if (!reply.ok) throw queryFailed(errorMessage(reply.error));
  }

  async useAsOwner(namespace: string, database: string): Promise<void> {
    const reply = await this.#owner.exclusive(() => this.#select(namespace, database));
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
