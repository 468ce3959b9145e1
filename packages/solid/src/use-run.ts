import type { BackendMap, Client, ClientError, JobId, PayloadInput, RunOptions, TableMap } from '@spookify/client';
import { createMemo, createSignal, untrack } from 'solid-js';
import { refusalOf } from './attempt.ts';
import { type JobHandle, useJob } from './use-job.ts';
import { useSync } from './use-state.ts';

/** One call of a backend function: the job that it makes, and what its owner can do with it. Everything is reactive. */
export interface RunHandle<Payload, Result> extends Omit<JobHandle<Result>, 'state'> {
  /**
   * Makes a job and follows it. Resolves with the id of the job, or with undefined if the call was refused. It never
   * rejects: `error` has the reason.
   *
   * A call while another one is under way makes another job and follows that one: the last call wins. The earlier job
   * goes on in the background. To prevent it, disable the button while `pending`, or give the option `uniqueKey`: both
   * calls then follow the same job.
   */
  run(payload: PayloadInput<Payload>, options?: RunOptions): Promise<JobId<Result> | undefined>;
  /**
   * `idle` before the first call, `starting` until the job exists, `refused` if the call was refused (`error` has the
   * reason), and then the state of the job.
   */
  readonly state: JobHandle<Result>['state'] | 'starting' | 'refused';
  /**
   * Tries again what `error` is about: repeats a call that was refused, with its arguments, or asks the runner to run the
   * job again. Never rejects: `error` has the reason. Does nothing before the first call.
   */
  retry(): Promise<void>;
  /** Forgets the call, so that the state is `idle`. A job that is under way goes on in the background. */
  reset(): void;
}

type Call<Result> =
  | { readonly kind: 'idle' | 'starting' }
  | { readonly kind: 'started'; readonly id: JobId<Result> }
  | { readonly kind: 'refused'; readonly error: ClientError; repeat(): Promise<unknown> };

/** Calls a backend function and follows its job, as long as the reactive owner lives. Jobs outlive it. */
export function useRun<
  Tables extends TableMap<Tables>,
  Backends extends BackendMap<Backends>,
  Name extends keyof Backends & string,
  Path extends keyof Backends[Name] & string,
>(
  db: Client<Tables, Backends>,
  backend: Name,
  path: Path,
): RunHandle<Backends[Name][Path]['payload'], Backends[Name][Path]['result']> {
  type Result = Backends[Name][Path]['result'];
  const sync = useSync(db);
  const [call, setCall] = createSignal<Call<Result>>({ kind: 'idle' });
  const followed = useJob<Result>(db, () => {
    const now = call();
    return now.kind === 'started' ? now.id : undefined;
  });

  /** Why the database has refused the call, which may be long after it was shown. */
  const refusal = createMemo(() => {
    const now = call();
    if (now.kind === 'refused') return now.error;
    if (now.kind !== 'started') return undefined;
    return sync().failed.find(({ kind, id }) => kind === 'run' && id.equals(now.id))?.error;
  });

  const run: RunHandle<Backends[Name][Path]['payload'], Result>['run'] = async (payload, options) => {
    const mine: Call<Result> = { kind: 'starting' };
    setCall(() => mine);
    const job = db.run(backend, path, payload, options);
    const error = await refusalOf(job);
    const id = error === undefined ? await job : undefined;
    if (call() !== mine) return id;
    if (id !== undefined) setCall({ kind: 'started', id });
    else if (error !== undefined) setCall({ kind: 'refused', error, repeat: () => run(payload, options) });
    return id;
  };

  return {
    run,
    reset: () => void setCall({ kind: 'idle' }),
    cancel: () => followed.cancel(),
    async retry() {
      const now = untrack(call);
      await (now.kind === 'refused' ? now.repeat() : followed.retry());
    },
    get job() {
      return followed.job;
    },
    get state() {
      const { kind } = call();
      if (refusal() !== undefined) return 'refused';
      return kind === 'started' ? followed.state : kind;
    },
    get result() {
      return followed.result;
    },
    get error() {
      return refusal() ?? followed.error;
    },
    get pending() {
      return refusal() === undefined && (call().kind === 'starting' || followed.pending);
    },
  };
}
