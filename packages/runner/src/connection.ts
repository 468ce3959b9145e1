/*
 * The runner's connection to the database: a link whose errors are translated to the runner's own codes.
 *
 * A link does not repeat a call whose answer was lost. Every write of the runner names the attempt that it belongs to,
 * so the sender can repeat it safely.
 */
import { type Bindings, createLink, type Link, LinkError, type QueryOptions } from '@spookify/surreal-link';
import { RunnerError } from './errors.ts';
import type { Logger } from './logger.ts';

/** Where the runner's database is, and the user that the runner signs in as. */
export interface DatabaseOptions {
  /** `ws://host:port/rpc`, or `wss://`. */
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  /** The runner's own user, defined on that database. */
  readonly username: string;
  readonly password: string;
}

/** The runner's link to the database. It reconnects and signs in again by itself. */
export interface Connection extends Pick<Link, 'connected' | 'onConnected' | 'close'> {
  /**
   * Resolves at the first connection, however long that takes.
   * @throws RunnerError SPOOKY_RUNNER_SIGN_IN_REFUSED if the database answers but rejects the user or password
   * @throws RunnerError SPOOKY_RUNNER_STOPPED if the connection is closed first
   */
  open(): Promise<void>;
  /**
   * Runs statements and returns the result of the last one. Repeats write conflicts, with jitter.
   * @throws RunnerError SPOOKY_RUNNER_DATABASE_AWAY if there is no connection, it is lost, or conflicts do not end
   * @throws RunnerError SPOOKY_RUNNER_DATABASE_SILENT if the database does not answer in time
   * @throws ServerError what the database reports about the statement itself
   */
  query(statements: string, bindings?: Bindings, options?: QueryOptions): Promise<unknown>;
  /** Like `query`, but returns the result of every statement. */
  queryAll(statements: string, bindings?: Bindings): Promise<unknown[]>;
  /**
   * Resolves when another connection may have written; see `Link.writeSignal`.
   * @throws RunnerError and ServerError like `query`
   */
  writeSignal: Link['writeSignal'];
}

/** True if the statement never reached the database or its outcome is unknown. It may be sent again later. */
export function isAway(error: unknown): boolean {
  return error instanceof RunnerError;
}

/** True if other transactions won every time. Nothing was written, and a smaller batch may succeed. */
export function isContested(error: unknown): boolean {
  return (
    isAway(error) && Object(error).cause instanceof LinkError && Object(error).cause.code === 'SPOOKY_LINK_CONFLICT'
  );
}

/** @param random in [0, 1), for the jitter of repeated conflicts and reconnects */
export function createConnection(options: DatabaseOptions, logger: Logger, random: () => number): Connection {
  const link = createLink({ ...options, name: 'the runner', nativeDates: true, logger, random });
  return {
    get connected() {
      return link.connected;
    },
    open: () =>
      link.open().catch((error: unknown) => {
        throw error instanceof LinkError ? openingError(error) : error;
      }),
    query: (statements, bindings, options) => link.query(statements, bindings, options).catch(rethrow),
    queryAll: (statements, bindings) => link.queryAll(statements, bindings).catch(rethrow),
    writeSignal: (since, timeoutMs) => link.writeSignal(since, timeoutMs).catch(rethrow),
    onConnected: (listener) => link.onConnected(listener),
    close: () => link.close(),
  };
}

function rethrow(error: unknown): never {
  if (!(error instanceof LinkError)) throw error;
  const isSilent = error.code === 'SPOOKY_LINK_SILENT';
  const code = isSilent ? 'SPOOKY_RUNNER_DATABASE_SILENT' : 'SPOOKY_RUNNER_DATABASE_AWAY';
  throw new RunnerError(code, error.message, { cause: error });
}

/** Opening fails in these two ways only: a link waits for a database that is away. */
function openingError(cause: LinkError): RunnerError {
  if (cause.code === 'SPOOKY_LINK_SIGN_IN_REFUSED') {
    const remedy = 'set SPOOKY_RUNNER_PASSWORD to the password that `spooky db migrate` was run with';
    return new RunnerError('SPOOKY_RUNNER_SIGN_IN_REFUSED', `the database does not let the runner in; ${remedy}`, {
      cause,
    });
  }
  const message = 'the runner was stopped before it started; create a new one';
  return new RunnerError('SPOOKY_RUNNER_STOPPED', message, { cause });
}
