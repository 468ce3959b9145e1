import { type Link, LinkError, type Transaction } from '@spookify/surreal-link';

/** The limit for all the reading and writing of one round. */
const ROUND_TIMEOUT_MS = 30_000;

/**
 * Runs `work` in a transaction and commits it if `work` returns true; otherwise cancels it.
 *
 * @returns whether the commit was acknowledged
 * @throws LinkError as `Link.transaction`
 */
export async function commitOrCancel(
  link: Pick<Link, 'transaction'>,
  work: (transaction: Transaction) => Promise<boolean>,
): Promise<boolean> {
  try {
    await link.transaction(
      async (transaction) => {
        if (!(await work(transaction))) throw new NothingToCommit();
      },
      { timeoutMs: ROUND_TIMEOUT_MS },
    );
    return true;
  } catch (error) {
    if (error instanceof NothingToCommit) return false;
    throw error;
  }
}

/** Whether another transaction wrote the same rows first, so that this one wrote nothing. */
export function isConflict(error: unknown): boolean {
  return error instanceof LinkError && error.code === 'SPOOKY_LINK_CONFLICT';
}

class NothingToCommit extends Error {}
