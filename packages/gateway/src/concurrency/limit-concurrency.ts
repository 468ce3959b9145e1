import type { Queries } from '@spookify/surreal-link';

export interface LimitedQueries extends Queries {
  /** The same queries under the same limit. Each fails with what `check` throws when its turn comes, and does not run. */
  checkedBy(check: () => void): Queries;
}

/** The same queries, limited to `atOnce` at a time. Others wait in the order of their calls. */
export function limitConcurrency(queries: Queries, atOnce: number): LimitedQueries {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running < atOnce) running += 1;
    // A slot that becomes free is handed to the next query without being released.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  const limited = (check: () => void): Queries => ({
    query: (text, bindings, options) =>
      turn(async () => {
        check();
        return await queries.query(text, bindings, options);
      }),
    queryAll: (text, bindings, options) =>
      turn(async () => {
        check();
        return await queries.queryAll(text, bindings, options);
      }),
  });

  return { ...limited(() => undefined), checkedBy: limited };
}
