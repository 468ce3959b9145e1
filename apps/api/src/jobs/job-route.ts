/*
 * What every route has in common: it does jobs.
 *
 *   delivery ──receipt there?──yes──▶ the same answer
 *      │ no
 *      └──▶ the handler, once for all deliveries of the job that are under way ──▶ effect and receipt, together ──▶ the answer
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
  /** It has passed the route's schema in the OpenAPI spec. */
  readonly payload: Payload;
  /** Who made the job. Whether they may have what they ask for is for the handler to check. */
  readonly createdBy: RecordId<'user'>;
  /** Aborts when the answer is not wanted any more: the runner cancelled the job or gave it up, or the backend stops. */
  readonly signal: AbortSignal;
  /**
   * A record id from the payload.
   *
   * @throws ApiError SPOOKY_API_PAYLOAD_INVALID when the text is not the id of one record of the table, SPOOKY_API_FORBIDDEN when
   * the job is assigned to another record
   */
  record<Table extends string>(table: Table, text: string): RecordId<Table>;
  /**
   * Ends the job: runs the statements that are its effect, and remembers the answer, in one transaction. When the same job was
   * delivered twice, the second gets the first one's answer and has no effect.
   *
   * @param effect SurrealQL. `THROW 'reason'` undoes all of it
   * @throws EffectRefused with what it threw
   */
  commit<Given extends Answer>(
    effect: string,
    bindings: Readonly<Record<string, unknown>>,
    answer: Given,
  ): Promise<Given>;
}

/** Does the work of one job and gives its answer, which becomes the job's `result`. An ApiError says why it did not. */
export type JobHandler<Payload> = (job: Job<Payload>) => Promise<Answer>;

export interface JobRouteParts {
  readonly database: Pick<Database, 'query'>;
  /** Aborts when requests under way have to end; its reason is their answer. */
  readonly stopping: AbortSignal;
}

/** Makes a route of a handler. */
export function jobRoute<Payload>(
  { database, stopping }: JobRouteParts,
  handle: JobHandler<Payload>,
): RouteHandlerMethod {
  const receipts = createReceipts(database);
  const deliveries = createSharedWork<Answer>();

  return async (request, reply) => {
    const delivery = readJobRequest(request);
    const progress = progressOf(request);
    // Everything that decides the outcome is in the name, so no work is shared that is not the same.
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
    const message = `The payload names no single record of "${table}"; send its id as it is, like ${table}:….`;
    throw new ApiError('SPOOKY_API_PAYLOAD_INVALID', { message });
  }
  if (assignedTo !== undefined && !parseRecordReference(table, assignedTo)?.equals(record)) {
    const message = 'The job is assigned to another record than the one it names.';
    throw new ApiError('SPOOKY_API_FORBIDDEN', { message });
  }
  return record;
}

/** Aborts when the connection ends before the answer was sent. */
function abandoned(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new ApiError('SPOOKY_API_CALL_ABORTED'));
  });
  return controller.signal;
}
