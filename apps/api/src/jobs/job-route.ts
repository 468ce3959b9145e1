/*
 * What all routes have in common: each delivers the answer of a job.
 *
 *   delivery ──receipt exists?──yes──▶ the same answer
 *      │ no
 *      └──▶ the handler, once for all concurrent deliveries of the job ──▶ effect and receipt, together ──▶ the answer
 */
import type { FastifyReply, RouteHandlerMethod } from 'fastify';
import type { RecordId } from 'surrealdb';
import type { Database } from '../database.ts';
import { ApiError } from '../errors.ts';
import { type JobRequest, readJobRequest } from './job-request.ts';
import { type Progress, progressOf } from './progress.ts';
import { type Answer, createReceipts } from './receipts.ts';
import { parseRecordReference } from './record-reference.ts';
import { createSharedWork } from './shared-work.ts';

/** One job, as a handler sees it. */
export interface Job<Payload> extends Progress {
  /** The payload. It has passed the route's schema in the OpenAPI spec. */
  readonly payload: Payload;
  /** The user who made the job. The handler must check whether this user has the right to the work. */
  readonly createdBy: RecordId<'user'>;
  /** Aborts when the answer is no longer needed: the runner cancelled or abandoned the job, or the backend stops. */
  readonly signal: AbortSignal;
  /**
   * Reads a record id from the payload.
   *
   * @throws ApiError SPOOKY_API_PAYLOAD_INVALID if the text is not the id of one record of the table, SPOOKY_API_FORBIDDEN
   * if the job is assigned to another record
   */
  record<Table extends string>(table: Table, text: string): RecordId<Table>;
  /**
   * Ends the job: runs its effect and stores the answer in one transaction. If the same job was delivered twice, the second
   * delivery has no effect and returns the answer of the first.
   *
   * @param effect SurrealQL. `THROW 'reason'` undoes all of it
   * @throws EffectRefused with the thrown reason
   */
  commit<Given extends Answer>(
    effect: string,
    bindings: Readonly<Record<string, unknown>>,
    answer: Given,
  ): Promise<Given>;
}

/**
 * Does the work of one job and returns its answer, which becomes the job's `result`. Throws an ApiError if the work fails.
 */
export type JobHandler<Payload> = (job: Job<Payload>) => Promise<Answer>;

export interface JobRouteParts {
  readonly database: Pick<Database, 'query'>;
  /** Aborts when requests in progress have to end; they are answered with its reason. */
  readonly stopping: AbortSignal;
}

/** Makes a route from a handler. */
export function jobRoute<Payload>(
  { database, stopping }: JobRouteParts,
  handle: JobHandler<Payload>,
): RouteHandlerMethod {
  const receipts = createReceipts(database);
  const deliveries = createSharedWork<Answer>();

  return async (request, reply) => {
    const delivery = readJobRequest(request);
    const progress = progressOf(request);
    // The name contains everything that decides the outcome, so only equal work is shared.
    const name = `${delivery.fingerprint} ${delivery.key}`;
    const signal = AbortSignal.any([abandoned(reply), stopping]);
    return await deliveries.run(name, signal, async (work) => {
      const earlier = await receipts.find(delivery);
      if (earlier !== undefined) return earlier;
      return await handle({
        ...{ payload: request.body as Payload, createdBy: delivery.createdBy, signal: work },
        report: progress.report,
        record: (table, text) => recordOf(delivery, table, text),
        commit: (effect, bindings, answer) => receipts.commit(delivery, effect, bindings, answer),
      });
    });
  };
}

function recordOf<Table extends string>({ assignedTo }: JobRequest, table: Table, text: string): RecordId<Table> {
  const record = parseRecordReference(table, text);
  if (record === undefined) {
    const message = `The payload does not name one record of "${table}"; send a record id such as ${table}:….`;
    throw new ApiError('SPOOKY_API_PAYLOAD_INVALID', { message });
  }
  if (assignedTo !== undefined && !parseRecordReference(table, assignedTo)?.equals(record)) {
    const message = 'The payload names another record than the one that the job is assigned to; they must be the same.';
    throw new ApiError('SPOOKY_API_FORBIDDEN', { message });
  }
  return record;
}

/** Aborts when the connection closes before the answer is sent. */
function abandoned(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new ApiError('SPOOKY_API_CALL_ABORTED'));
  });
  return controller.signal;
}
