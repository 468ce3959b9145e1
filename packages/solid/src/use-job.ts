import {
  type BackendMap,
  type Client,
  ClientError,
  type FailedWrite,
  type Job,
  type JobIdInput,
  type JobRow,
  type JobState,
  type SyncState,
  type TableMap,
} from '@spookify/client';
import { batch, createComputed, createMemo, createSignal, onCleanup, untrack } from 'solid-js';
import { attempt, refusalOf } from './attempt.ts';
import { createCopy } from './create-copy.ts';
import { useSync } from './use-state.ts';

/** A job and what its owner can do with it. Everything is reactive. */
export interface JobHandle<Result> {
  /** The row of the job, updated in place. Undefined until it is read. */
  readonly job: JobRow<Result> | undefined;
  /** `idle` without an id, otherwise the state of the job. */
  readonly state: 'idle' | JobState['kind'];
  /** The result of a job that has succeeded. */
  readonly result: Result | undefined;
  /** Why the job has failed or cannot be read, or why its last `cancel` or `retry` was refused. */
  readonly error: ClientError | undefined;
  /** True while the job is read, waits or runs. */
  readonly pending: boolean;
  /** Asks the runner to end the job. Never rejects: `error` has the reason. Does nothing without a job. */
  cancel(): Promise<void>;
  /**
   * Asks the runner to run the job again. If the database has refused the job itself, it is sent again instead. Never
   * rejects: `error` has the reason. Does nothing without a job.
   */
  retry(): Promise<void>;
}

interface Shown {
  readonly kind: JobHandle<unknown>['state'];
  readonly row: JobRow | undefined;
  readonly error: ClientError | undefined;
}

const IDLE: Shown = { kind: 'idle', row: undefined, error: undefined };

interface Requesting {
  readonly sync: { readonly state: SyncState; subscribe(listener: (state: SyncState) => void): () => void };
  cancel(id: JobIdInput): Promise<void>;
  retry(id: JobIdInput): Promise<void>;
  batchWith(batch: (notify: () => void) => void): void;
}

interface Following extends Requesting {
  job<Result>(id: JobIdInput<Result>): Job<Result>;
}

interface FollowingRoutes extends Requesting {
  job(id: JobIdInput, backend?: string, path?: string): Job;
}

/**
 * Follows a job as long as its reactive owner lives. `id` is tracked: another id replaces the job, and `undefined` waits.
 * The id that `run` resolves with has the type of the result. For the id of a row or from a URL, name the route. A text
 * that is not the id of a job is shown as `missing`, with the reason as `error`.
 */
export function useJob<Result>(db: Following, id: () => JobIdInput<Result> | null | undefined): JobHandle<Result>;
export function useJob<
  Tables extends TableMap<Tables>,
  Backends extends BackendMap<Backends>,
  Name extends keyof Backends & string,
  Path extends keyof Backends[Name] & string,
>(
  db: Client<Tables, Backends>,
  id: () => JobIdInput | null | undefined,
  backend: Name,
  path: Path,
): JobHandle<Backends[Name][Path]['result']>;
export function useJob(
  db: FollowingRoutes,
  id: () => JobIdInput | null | undefined,
  backend?: string,
  path?: string,
): JobHandle<unknown> {
  const current = createMemo(id, undefined, { equals: (before, after) => before?.toString() === after?.toString() });
  const { shown, show } = createCopy(IDLE, 'row');
  const [refusal, setRefusal] = createSignal<ClientError | undefined>();
  const sync = useSync(db);
  /** The refused writes that were there before the last request. */
  const [earlier, setEarlier] = createSignal<readonly string[]>([]);
  /** After a call with a unique key, the row may be that of another job than the id. */
  const isOfJob = ({ id: its }: FailedWrite) => [current(), shown.row?.id].some((one) => String(one) === String(its));
  /** Why the database has refused the last request, which may be long after it was made. */
  const refusedLater = createMemo(() => {
    const { failed } = sync();
    return failed.find((write) => isOfJob(write) && !earlier().includes(write.key))?.error;
  });
  const follow = (next: JobState): void => {
    show({ kind: next.kind, row: next.row, error: 'error' in next ? next.error : undefined });
  };

  createComputed(() => {
    const given = current();
    untrack(() => {
      setRefusal(undefined);
      if (!given) return show(IDLE);
      const job = attempt(() => db.job(given, backend, path));
      if (job instanceof ClientError) return show({ kind: 'missing', row: undefined, error: job });
      db.batchWith(batch);
      onCleanup(job.subscribe(follow));
      follow(job.state);
    });
  });

  const ask = async (request: 'cancel' | 'retry'): Promise<void> => {
    const given = untrack(current);
    if (!given) return;
    const { failed } = untrack(sync);
    const ofJob = untrack(() => failed.filter(isOfJob));
    const call = ofJob.find(({ kind }) => kind === 'run');
    // A job that the database has refused does not exist, so the runner could do nothing about it.
    if (call !== undefined && request === 'cancel') return;
    // Another write beside a refused one would be refused too.
    const again = call ?? ofJob.find(({ kind, fields }) => kind === 'update' && fields.request === request);
    setRefusal(undefined);
    setEarlier(failed.filter((one) => one !== again).map(({ key }) => key));
    const refused = await refusalOf(again === undefined ? db[request](given) : again.retry());
    if (given === current()) setRefusal(refused);
  };

  return {
    get job() {
      return shown.row;
    },
    get state() {
      return shown.kind;
    },
    get result() {
      return shown.kind === 'succeeded' ? shown.row?.result : undefined;
    },
    get error() {
      return refusal() ?? refusedLater() ?? shown.error;
    },
    get pending() {
      return ['loading', 'waiting', 'running'].includes(shown.kind);
    },
    cancel: () => ask('cancel'),
    retry: () => ask('retry'),
  };
}
