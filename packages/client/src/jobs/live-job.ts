import type { ClientError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { JobId } from './job-id.ts';
import { initialJobState, type JobState } from './job-state.ts';

/** A live job. It is watched while somebody subscribes or awaits `ended`. Made by `db.job`. */
export interface Job<Result = unknown> {
  readonly id: JobId<Result>;
  /** The current state while the job is watched. Otherwise the last known one, at first `loading`. */
  readonly state: JobState<Result>;
  /** Calls the listener at every change. Returns a function that removes it. */
  subscribe(listener: (state: JobState<Result>) => void): () => void;
  /**
   * Resolves with the result when the job succeeds, however long that takes: it stays pending while the connection is
   * lost or no user is signed in. Read it again after a retry of a failed job: it then waits for the new end.
   *
   * @throws SPOOKY_CLIENT_JOB_FAILED with the code of the last failure as `reason`; SPOOKY_CLIENT_JOB_MISSING;
   * SPOOKY_CLIENT_CLOSED; the error of a gateway that refuses to read the job, such as SPOOKY_CLIENT_LIMIT
   */
  readonly ended: Promise<Result>;
}

/** Where a job gets its states from. */
export interface JobSource<Result> {
  /** Calls the listener immediately and at every change, until the returned function is called. */
  watch(listener: (state: JobState<Result>) => void): () => void;
  /** Aborted when the client is closed. The reason is the error. */
  readonly closed: AbortSignal;
}

/** One watch for all subscribers of a job. */
export class LiveJob<Result> implements Job<Result> {
  readonly id: JobId<Result>;
  readonly #source: JobSource<Result>;
  readonly #listeners = new Listeners<JobState<Result>>();
  #state: JobState<Result> = initialJobState();
  #unwatch: (() => void) | undefined;
  #ended: Promise<Result> | undefined;

  constructor(id: JobId<Result>, source: JobSource<Result>) {
    this.id = id;
    this.#source = source;
  }

  get state(): JobState<Result> {
    return this.#state;
  }

  subscribe(listener: (state: JobState<Result>) => void): () => void {
    const remove = this.#listeners.add(listener);
    this.#unwatch ??= this.#source.watch((state) => this.#follow(state));
    return () => {
      remove();
      if (this.#listeners.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
    };
  }

  get ended(): Promise<Result> {
    this.#ended ??= this.#end().finally(() => {
      this.#ended = undefined;
    });
    return this.#ended;
  }

  #follow(state: JobState<Result>): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.notify(state);
  }

  async #end(): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const settle = (state: JobState<Result>): void => {
      if (state.kind === 'succeeded') resolve(state.result);
      else if ('error' in state && isFinal(state)) reject(state.error);
    };
    const { closed } = this.#source;
    const onClose = (): void => reject(closed.reason);
    closed.addEventListener('abort', onClose);
    const unsubscribe = this.subscribe(settle);
    settle(this.#state);
    if (closed.aborted) onClose();
    try {
      return await promise;
    } finally {
      unsubscribe();
      closed.removeEventListener('abort', onClose);
    }
  }
}

/** A job that cannot be read because gateway or database are busy or away is read again. */
function isFinal({ kind, error }: Extract<JobState, { error: ClientError }>): boolean {
  return kind !== 'unreadable' || !['SPOOKY_CLIENT_BUSY', 'SPOOKY_CLIENT_NOT_CONNECTED'].includes(error.code);
}
