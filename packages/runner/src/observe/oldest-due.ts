import type { Connection } from '../connection.ts';

/** A scrape does not wait for a slow database. */
const PATIENCE_MS = 1_000;
/** Many scrapers ask the database no more often than one. */
const FRESH_MS = 1_000;

/**
 * How long the job that has been due for longest has waited, in seconds. It is the first entry of an index, so it costs
 * the same however many wait; to count them would read every one.
 */
export function createOldestDue(connection: Connection, statement: string): () => Promise<number | undefined> {
  let asked: { readonly at: number; readonly answer: Promise<number | undefined> } | undefined;

  async function ask(): Promise<number | undefined> {
    try {
      const answer = await connection.query(statement);
      return typeof answer === 'number' ? Math.max(0, answer / 1000) : 0;
    } catch {
      // Away, or slow: the connection tells of it, and the page goes without.
      return undefined;
    }
  }

  return () => {
    if (!connection.connected) return Promise.resolve(undefined);
    if (asked === undefined || performance.now() - asked.at > FRESH_MS)
      asked = { at: performance.now(), answer: ask() };
    return upTo(PATIENCE_MS, asked.answer);
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
