import type { Connection } from '../connection.ts';

/** A scrape does not wait longer for a slow database. */
const TIMEOUT_MS = 1_000;
/** Many scrapers query the database no more often than one. */
const CACHE_MS = 1_000;

/**
 * Returns a function that reads how long the longest-waiting due job has waited, in seconds. It is the first entry of
 * an index, so the cost does not depend on how many wait; counting them would read every one.
 */
export function createOldestDue(connection: Connection, statement: string): () => Promise<number | undefined> {
  let asked: { readonly at: number; readonly answer: Promise<number | undefined> } | undefined;

  async function ask(): Promise<number | undefined> {
    try {
      const answer = await connection.query(statement);
      return typeof answer === 'number' ? Math.max(0, answer / 1000) : 0;
    } catch {
      // The database is away or slow. The connection logs it, and the page omits the value.
      return undefined;
    }
  }

  return () => {
    if (!connection.connected) return Promise.resolve(undefined);
    if (asked === undefined || performance.now() - asked.at > CACHE_MS)
      asked = { at: performance.now(), answer: ask() };
    return upTo(TIMEOUT_MS, asked.answer);
  };
}

async function upTo<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
