import { isRetryableConflict, Surreal } from 'surrealdb';
import { CliError } from './errors.ts';

/** Whether the same transaction may succeed when it is tried again. Before 3.1 servers say so in words only. */
export function isConflict(error: unknown): boolean {
  return (
    isRetryableConflict(error) || (error instanceof Error && /transaction conflict|can be retried/i.test(error.message))
  );
}

/** Of every statement: those of this package can all be sent again. */
const RETRY = { enabled: true, retryable: isConflict, attempts: 20, retryDelay: 10, retryDelayMax: 200 };
const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Runs `work` on a connection of its own, which is not signed in yet, and closes it.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE` when nothing answers, or the connection is lost meanwhile
 */
export async function withConnection<T>(url: string, work: (database: Surreal) => Promise<T>): Promise<T> {
  const database = new Surreal();
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  // Of a refused or lost connection the SDK's own promises may never settle; only this event tells.
  database.subscribe('disconnected', () => lost.reject(unreachable(url)));
  const timer = setTimeout(() => lost.reject(unreachable(url)), CONNECT_TIMEOUT_MS);
  try {
    await Promise.race([database.connect(url, { reconnect: false, retry: RETRY }), lost.promise]);
    clearTimeout(timer);
    return await Promise.race([work(database), lost.promise]);
  } finally {
    clearTimeout(timer);
    await close(database);
  }
}

async function close(database: Surreal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  await Promise.race([database.close().catch(() => {}), promise]);
  clearTimeout(timer);
}

function unreachable(url: string): CliError {
  return new CliError(
    'SPOOKY_CLI_DATABASE_UNREACHABLE',
    `The database at ${url} does not answer; start it (spooky dev, spooky db start), or correct the address.`,
  );
}
