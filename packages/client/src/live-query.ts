import type { Change, Changes } from './changes.ts';
import type { CompiledQuery } from './compile.ts';
import { type Link, LinkLostError } from './link.ts';
import { Listeners } from './listeners.ts';
import { initialLiveState, type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';
import { concerns } from './relevance.ts';
import { databaseError, isSessionExpired } from './server-errors.ts';

/** A link with its changes, for as long as one person is signed in on it. */
export interface LiveSource {
  readonly link: Link;
  readonly changes: Changes;
}

/** So many changes waiting to be looked at are worth a read without looking. */
const MANY_CHANGES = 200;

/**
 * One query that is kept up to date, shared by all who watch it. On each source it first listens to the tables that
 * the query reads, then reads; what changes meanwhile is kept and looked at after the read. So there is never more
 * than one read under way, a burst of changes costs one more, and nothing between listening and reading is missed.
 */
export class LiveQuery {
  readonly listeners = new Listeners<LiveState<unknown>>();
  readonly #query: CompiledQuery;
  #state = initialLiveState();
  #source: LiveSource | undefined;
  /** Counts sources; what belongs to an earlier one is of no interest any more. */
  #turn = 0;
  #reading = false;
  /** Changes that came while reading, or `all` when everything must be read again in any case. */
  #waiting: Change[] | 'all' = [];
  #stopListening: (() => void)[] = [];

  constructor(query: CompiledQuery) {
    this.#query = query;
  }

  get state(): LiveState<unknown> {
    return this.#state;
  }

  /** Follows a source, from now on, instead of the one before. */
  begin(source: LiveSource): void {
    this.#leaveSource();
    this.#source = source;
    void this.#start(source, this.#turn);
  }

  /** The source has ended; what is shown is from now on old. */
  pause(): void {
    this.#leaveSource();
    this.#apply({ type: 'lost' });
  }

  /** What is shown was for somebody else. */
  clear(): void {
    this.#leaveSource();
    this.#apply({ type: 'cleared' });
  }

  /** Reads again, also when nothing is known to have changed. */
  retry(): void {
    this.#apply({ type: 'retried' });
    if (this.#source !== undefined) this.begin(this.#source);
  }

  /** Stops for good. */
  close(): void {
    this.#leaveSource();
  }

  #leaveSource(): void {
    this.#turn += 1;
    this.#source = undefined;
    this.#reading = false;
    this.#waiting = [];
    for (const stop of this.#stopListening.splice(0)) stop();
  }

  async #start(source: LiveSource, turn: number): Promise<void> {
    // Until the first read is done, changes wait.
    this.#reading = true;
    const listening = this.#query.tables.map(async (table) => {
      const stop = await source.changes.listen(table, (change) => this.#onChange(change, turn));
      if (turn === this.#turn) this.#stopListening.push(stop);
      else stop();
    });
    try {
      await Promise.all(listening);
    } catch (error) {
      return this.#onError(error, source, turn);
    }
    if (turn === this.#turn) await this.#read(source, turn);
  }

  #onChange(change: Change | undefined, turn: number): void {
    if (turn !== this.#turn || this.#source === undefined) return;
    // A LIVE has been ended by the server: listen anew, and read what was missed.
    if (change === undefined) this.begin(this.#source);
    else if (this.#reading) this.#keep(change);
    else if (this.#isConcerned(change)) void this.#read(this.#source, turn);
  }

  #keep(change: Change): void {
    if (this.#waiting === 'all') return;
    this.#waiting.push(change);
    if (this.#waiting.length > MANY_CHANGES) this.#waiting = 'all';
  }

  #isConcerned(change: Change): boolean {
    return this.#state.kind !== 'ready' || concerns(this.#query.plan, this.#state.data, change);
  }

  async #read(source: LiveSource, turn: number): Promise<void> {
    this.#reading = true;
    for (;;) {
      this.#waiting = [];
      try {
        const rows = await source.link.query(this.#query.text, this.#query.bindings);
        if (turn !== this.#turn) return;
        this.#apply({ type: 'result', data: this.#query.plan.single ? firstOf(rows) : rows });
      } catch (error) {
        return this.#onError(error, source, turn);
      }
      // A listener may have ended this turn.
      if (turn !== this.#turn) return;
      if (!this.#mustReadAgain()) break;
    }
    this.#reading = false;
  }

  #mustReadAgain(): boolean {
    return this.#waiting === 'all' || this.#waiting.some((change) => this.#isConcerned(change));
  }

  #onError(error: unknown, source: LiveSource, turn: number): void {
    // A lost link is told by `pause`; the next one begins anew.
    if (turn !== this.#turn || error instanceof LinkLostError) return;
    if (isSessionExpired(error)) {
      source.link.drop();
      return;
    }
    this.#reading = false;
    this.#apply({ type: 'failed', error: databaseError(error) });
  }

  #apply(event: LiveEvent): void {
    const next = nextLiveState(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.listeners.tell(next);
  }
}

function firstOf(rows: unknown): unknown {
  return Array.isArray(rows) ? (rows[0] ?? null) : (rows ?? null);
}
