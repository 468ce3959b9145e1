import { LinkError } from '../errors.ts';
import type { LinkSettings } from '../options.ts';
import { isConflict } from './database-errors.ts';

const MAX_PAUSE_MS = 100;

/**
 * Repeats work that lost a conflict with another transaction. The pause before each attempt grows and is random, so
 * that the losers of one round do not conflict again in the next.
 *
 * @throws LinkError SPOOKY_LINK_CONFLICT after the last attempt
 */
export async function retryConflicts<Result>(
  { conflictAttempts, random, clock }: Pick<LinkSettings, 'conflictAttempts' | 'random' | 'clock'>,
  work: (attempt: number) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt >= conflictAttempts) throw exhausted(attempt, error);
      await clock.pause(random() * Math.min(2 ** attempt, MAX_PAUSE_MS));
    }
  }
}

function exhausted(attempts: number, cause: unknown): LinkError {
  const winners = attempts === 1 ? 'another transaction won' : `other transactions won ${attempts} times in a row`;
  const message = `${winners}; nothing was written, so try again later`;
  return new LinkError('SPOOKY_LINK_CONFLICT', message, { cause });
}
