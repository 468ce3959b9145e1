import type { RecordId } from 'surrealdb';
import type { Database } from '../database.ts';
import { ApiError } from '../errors.ts';
import type { Generation } from '../generation.ts';
import type { JobHandler } from '../jobs/job-route.ts';
import { EffectRefused } from '../jobs/receipts.ts';
import type { ThreadText } from '../writers/writer.ts';

/** The parts that the route needs. */
export interface SpookifyParts {
  readonly database: Pick<Database, 'query'>;
  readonly generation: Pick<Generation, 'write'>;
}

interface Thread extends ThreadText {
  readonly author: RecordId<'user'>;
}

/**
 * The number of times that an edit during the work makes it start again with the new text; then the runner has to retry.
 */
const ROUNDS = 3;

// The suggestion has the key of its thread, so a new one replaces the old one.
const STORE = `
  LET $now = (SELECT title, content, author FROM ONLY $thread);
  IF $now = NONE OR $now.title != $read.title OR $now.content != $read.content OR $now.author != $read.author {
    THROW 'thread_changed'
  };
  UPSERT type::record('suggestion', record::id($thread)) SET
    thread = $thread, title = $suggestion.title, content = $suggestion.content, written_by = $suggestion.writer
    RETURN NONE`;

/** `POST /spookify`: writes a spooky version of a thread and stores it as a suggestion. */
export function spookify({ database, generation }: SpookifyParts): JobHandler<{ readonly id: string }> {
  return async (job) => {
    const id = job.record('thread', job.payload.id);
    for (let round = 1; round <= ROUNDS; round++) {
      job.report(0.1, 'Reading the thread');
      const [thread] = await database.query<[Thread | undefined]>('SELECT title, content, author FROM ONLY $id', {
        id,
      });
      if (thread === undefined) throw new ApiError('SPOOKY_API_THREAD_MISSING');
      if (!thread.author.equals(job.createdBy)) throw new ApiError('SPOOKY_API_FORBIDDEN');
      job.report(0.3, 'Writing a spooky version');
      const suggestion = await generation.write({ title: thread.title, content: thread.content }, job.signal);
      job.signal.throwIfAborted();
      job.report(0.9, 'Saving the suggestion');
      try {
        return await job.commit(STORE, { thread: id, read: thread, suggestion }, { writer: suggestion.writer });
      } catch (error) {
        // Edited or deleted meanwhile: the next round reads the thread again and fails if it no longer exists.
        if (!(error instanceof EffectRefused)) throw error;
      }
    }
    throw new ApiError('SPOOKY_API_THREAD_CHANGED');
  };
}
