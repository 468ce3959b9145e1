import type { RecordId } from 'surrealdb';
import { closed } from '../connection/connection.ts';
import type { LiveQueries } from '../live/live-queries.ts';
import { type Query, startQuery } from '../query/query.ts';
import type { SchemaDefinition, TableTypes } from '../schema-types.ts';
import { requireRoute } from '../write/run.ts';
import { type JobIdInput, requireJobId } from './job-id.ts';
import type { JobRow } from './job-row.ts';
import { jobStateOf } from './job-state.ts';
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
  readonly #closing = new AbortController();

  constructor(schema: SchemaDefinition, queries: Pick<LiveQueries, 'watch'>) {
    this.#schema = schema;
    this.#queries = queries;
  }

  /** @throws SPOOKY_CLIENT_NOT_A_JOB, SPOOKY_CLIENT_UNKNOWN_BACKEND, SPOOKY_CLIENT_UNKNOWN_ROUTE */
  job<Result>(given: JobIdInput<Result>, route?: JobRoute): Job<Result> {
    const table = route && requireRoute(this.#schema, route.backend, route.path).table;
    const id = requireJobId(this.#schema, given, table);
    const query = queryOf<Result>(this.#schema, id);
    return new LiveJob<Result>(id, {
      watch: (listener) => this.#queries.watch(query, (live) => listener(jobStateOf(id, live, route?.path))),
      closed: this.#closing.signal,
    });
  }

  /** Ends every wait for a job. */
  close(): void {
    this.#closing.abort(closed());
  }
}

function queryOf<Result>(schema: SchemaDefinition, id: RecordId): Query<JobRow<Result> | null> {
  const table = startQuery<Record<string, TableTypes>, string>(schema, id.table.name);
  // `spooky check` makes sure that a job table has these fields.
  return table.where({ id }).one().build() as Query<unknown> as Query<JobRow<Result> | null>;
}
