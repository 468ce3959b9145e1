import { RecordId } from 'surrealdb';
import { Listeners } from '../listeners.ts';

/** Maximum number of calls that are remembered because another job has their key. The oldest are forgotten. */
const REMEMBERED_MAX = 1_000;

/**
 * The calls of `run` with a unique key. A call gives its job an id at once, but the gateway may answer much later that
 * another job has the key. The id of the call then stands for that job.
 *
 *   open ──made, or refused──▶ its own job, or none
 *     └────another job has the key──▶ that job
 */
export class KeyedCalls {
  /** The ids of the calls that are not answered. */
  readonly #open = new Set<string>();
  /** The job that has the key, by the id of the call. */
  readonly #jobs = new Map<string, RecordId>();
  readonly #answers = new Listeners<RecordId>();

  /** Whether this is the id of a call that is not answered, so that its job may be another one. */
  isOpen(call: RecordId): boolean {
    return this.#open.has(String(call));
  }

  /** The job that an id stands for. */
  jobOf(id: RecordId): RecordId {
    return this.#jobs.get(String(id)) ?? id;
  }

  /** Calls the listener with the id of each call that is answered. Returns a function that removes it. */
  subscribe(listener: (call: RecordId) => void): () => void {
    return this.#answers.add(listener);
  }

  /**
   * Waits for the answer to a call. Never rejects.
   *
   * @param saved the row of the job as the database has stored it; rejects if it has refused the call
   */
  async follow(call: RecordId, saved: Promise<unknown>): Promise<void> {
    const key = String(call);
    this.#open.add(key);
    const row = await saved.catch(() => undefined);
    this.#open.delete(key);
    const id = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
    if (id instanceof RecordId && !id.equals(call)) this.#remember(key, id);
    this.#answers.notify(call);
  }

  #remember(key: string, job: RecordId): void {
    this.#jobs.set(key, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > REMEMBERED_MAX && oldest !== undefined) this.#jobs.delete(oldest);
  }
}
