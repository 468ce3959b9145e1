import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { RecordId } from 'surrealdb';
import { ApiError } from '../errors.ts';
import type { Generation } from '../generation.ts';
import { type Progress, progressOf } from '../progress.ts';
import { parseRecordReference } from '../record-reference.ts';
import { createSharedWork } from '../shared-work.ts';
import type { Receipt, SuggestionStore } from '../suggestion-store.ts';

/** What the route works with. */
export interface SpookifyParts {
  store: SuggestionStore;
  generation: Generation;
  /** Aborts when the backend shuts down and will wait no longer; its reason is the answer. */
  stopping: AbortSignal;
}

/** One delivery of a job: the same key means the same delivery, however often it comes. */
interface Delivery {
  key: string;
  thread: RecordId<'thread'>;
  /** Who made the job. */
  author: RecordId<'user'>;
}

/** Somebody types while we write: so often is the new text taken up before the runner has to come again. */
const ROUNDS = 3;

/**
 * `POST /spookify`: has a spooky version of the thread written and puts it on the thread as a suggestion.
 *
 *   receipt there? ──yes──▶ the same answer
 *      │ no
 *   thread there, job from its author? ──▶ generate ──▶ store with receipt, if the text is still the same
 *      ▲                                                   │ changed
 *      └───────────────────────────────────────────────────┘
 */
export function spookifyRoute({ store, generation, stopping }: SpookifyParts): RouteHandlerMethod {
  const deliveries = createSharedWork<Receipt>();

  const deliver = async (delivery: Delivery, progress: Progress, signal: AbortSignal): Promise<Receipt> => {
    const { key, thread: id, author } = delivery;
    for (let round = 1; round <= ROUNDS; round++) {
      progress.report(0.1, 'Reading the thread');
      const { thread, receipt } = await store.read(key, id);
      if (receipt !== undefined) return receiptFor(id, receipt);
      if (thread === undefined) throw new ApiError('SPOOKY_API_THREAD_MISSING');
      if (!thread.author.equals(author)) throw new ApiError('SPOOKY_API_FORBIDDEN');
      progress.report(0.3, 'Choosing its words');
      const suggestion = await generation.write({ title: thread.title, content: thread.content }, signal);
      signal.throwIfAborted();
      progress.report(0.9, 'Leaving it on the thread');
      const outcome = await store.store(key, id, thread, suggestion);
      if (outcome.kind === 'stored') return { thread: id, writer: suggestion.writer };
      if (outcome.kind === 'delivered') return receiptFor(id, outcome.receipt);
      // Changed or gone: the next round reads it again, and says so if it is gone.
    }
    throw new ApiError('SPOOKY_API_THREAD_CHANGED');
  };

  return async (request, reply) => {
    const delivery = readDelivery(request);
    // Everything that decides the outcome is in the name, so nobody shares work that is not theirs.
    const name = JSON.stringify([delivery.key, String(delivery.thread), String(delivery.author)]);
    const signal = AbortSignal.any([abandoned(reply), stopping]);
    const { writer } = await deliveries.run(name, signal, (work) => deliver(delivery, progressOf(request), work));
    return { writer };
  };
}

function receiptFor(thread: RecordId<'thread'>, receipt: Receipt): Receipt {
  if (!receipt.thread.equals(thread)) throw new ApiError('SPOOKY_API_KEY_REUSED');
  return receipt;
}

/** The payload has passed the spec; the headers are the runner's word on the job. */
function readDelivery(request: FastifyRequest): Delivery {
  const key = header(request, 'idempotency-key') ?? '';
  if (!/^[\x20-\x7e]{1,1024}$/.test(key)) throw new ApiError('SPOOKY_API_KEY_MISSING');
  const { id } = request.body as { id: string };
  const thread = parseRecordReference('thread', id);
  if (thread === undefined) {
    throw new ApiError('SPOOKY_API_PAYLOAD_INVALID', {
      message: 'id is not the id of one thread; send thread:… as it is.',
    });
  }
  const assigned = header(request, 'x-job-assigned-to');
  if (assigned !== undefined && !parseRecordReference('thread', decoded(assigned))?.equals(thread)) {
    throw new ApiError('SPOOKY_API_FORBIDDEN', {
      message: 'The job is assigned to another thread than the one it names.',
    });
  }
  const author = parseRecordReference('user', decoded(header(request, 'x-job-created-by') ?? ''));
  // A job without a maker (made by a service, or by hand) has nobody's authority.
  if (author === undefined) throw new ApiError('SPOOKY_API_FORBIDDEN');
  return { key, thread, author };
}

/** A header that came once; one that came several times has no meaning here. */
function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Record ids hold any character, headers only some: the runner percent-encodes the rest. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

/** Aborts when the connection ends before the answer was sent. */
function abandoned(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new ApiError('SPOOKY_API_CALL_ABORTED'));
  });
  return controller.signal;
}
