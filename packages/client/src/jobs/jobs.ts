import type { WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { closed } from '../connection/connection.ts';
import type { LiveQueries } from '../live/live-queries.ts';
import { type Query, startQuery } from '../query/query.ts';
import type { SchemaDefinition, TableTypes } from '../schema-types.ts';
import { updateOf } from '../write/operations.ts';
import { requireRoute } from '../write/run.ts';
import { type JobIdInput, requireJobId } from './job-id.ts';
import type { JobRow } from './job-row.ts';
import { type JobState, jobStateOf } from './job-state.ts';
import { KeyedCalls } from './keyed-calls.ts';
import { type Job, LiveJob } from './live-job.ts';

/** The route that a job is of. It tells the type of its result. */
export interface JobRoute {
  readonly backend: string;
  readonly path: string;
}

/** Makes live jobs. The jobs of one id share a subscription. */
export class Jobs {
  readonly #schema: SchemaDefinition;
  readonly #queries: Pick<LiveQueries, 'watch'>;
  readonly #keyed = new KeyedCalls();
  readonly #closing = new AbortController();

  constructor(schema: SchemaDefinition, queries: Pick<LiveQueries, 'watch'>) {
    this.#schema = schema;
    this.#queries = queries;
  }

  /** @throws SPOOKY_CLIENT_NOT_A_JOB, SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE */
  job<Result>(given: JobIdInput<Result>, route?: JobRoute): Job<Result> {
    const table = route && requireRoute(this.#schema, route.backend, route.path).table;
    const id = requireJobId(this.#schema, given, table);
    return new LiveJob<Result>(id, {
      watch: (listener) => this.#watch(id, route?.path, listener),
      closed: this.#closing.signal,
    });
  }

  /**
   * Returns the write that asks the runner to cancel a job or to run it again.
   *
   * @throws SPOOKY_CLIENT_NOT_A_JOB
   */
  requestOf(given: unknown, request: 'cancel' | 'retry'): WireWrite {
    const id = this.#keyed.jobOf(requireJobId(this.#schema, given));
    return updateOf(this.#schema, id, { request });
  }

  /** A call with a unique key has this id. If the answer is another job, the id stands for that one. */
  follow(call: RecordId, saved: Promise<unknown>): void {
    void this.#keyed.follow(call, saved);
  }

  /** Ends every wait for a job. */
  close(): void {
    this.#closing.abort(closed());
  }

  /** Watches the job that an id stands for, which may change once. */
  #watch<Result>(id: RecordId, path: string | undefined, listener: (state: JobState<Result>) => void): () => void {
    const keyed = this.#keyed;
    let job = keyed.jobOf(id);
    /** The job is missing, but the gateway may still answer with another one. */
    let held: JobState<Result> | undefined;
    const show = (state: JobState<Result>): void => {
      held = state.kind === 'missing' && keyed.isOpen(id) ? state : undefined;
      if (held === undefined) listener(state);
    };
    const start = (isNext: boolean): (() => void) => {
      let isFirst = true;
      return this.#queries.watch(queryOf<Result>(this.#schema, job), (live) => {
        // The last state stays until the next job is read.
        const isSkipped = isNext && isFirst && live.kind === 'loading';
        isFirst = false;
        if (!isSkipped) show(jobStateOf(job, live, path));
      });
    };
    let stop = start(false);
    const leave = keyed.subscribe((call) => {
      if (!call.equals(id)) return;
      if (keyed.jobOf(id) === id) {
        if (held !== undefined) show(held);
        return;
      }
      job = keyed.jobOf(id);
      held = undefined;
      stop();
      stop = start(true);
    });
    return () => {
      leave();
      stop();
    };
  }
}

function queryOf<Result>(schema: SchemaDefinition, id: RecordId): Query<JobRow<Result> | null> {
  const table = startQuery<Record<string, TableTypes>, string>(schema, id.table.name);
  // `spooky check` makes sure that a job table has these fields.
  return table.where({ id }).one().build() as Query<unknown> as Query<JobRow<Result> | null>;
}
