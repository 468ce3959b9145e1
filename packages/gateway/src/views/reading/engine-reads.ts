/*
 * Views that only the engine can evaluate. Each is read in its reader's own session, outside of rounds.
 *
 *   due ──▶ reading ──▶ fresh ──the next round publishes it──▶ shown ──anything changed, engineMs later──▶ due
 *
 * Such a view may depend on anything, so any change makes it due. The round that publishes a result commits, and that
 * commit makes durable what the result was read from.
 */
import { type Clock, isStatementError } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { createKeyedQueue } from '../../concurrency/keyed-queue.ts';
import type { Outcome, View } from '../view.ts';
import { outcomeOf, type ReadOptions } from './outcome.ts';
import { bounded, stateBefore } from './read-views.ts';

export interface EngineReadsOptions extends ReadOptions {
  readonly engineMs: number;
  readonly clock: Clock;
  /** Called when a result is ready to be published. */
  readonly onFresh: () => void;
}

interface Reads {
  /** Aborts its pauses. */
  readonly stopping: AbortController;
  isDue: boolean;
  isRunning: boolean;
}

export class EngineReads {
  readonly #options: EngineReadsOptions;
  readonly #reads = new Map<View, Reads>();
  readonly #running = new Set<Promise<void>>();
  /** Allows one read per reader at a time, since each may occupy the engine for as long as a statement may take. */
  readonly #queue = createKeyedQueue();
  #fresh = new Map<View, Outcome>();
  #isStopped = false;

  constructor(options: EngineReadsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#reads.size;
  }

  has(view: View): boolean {
    return this.#reads.has(view);
  }

  /** The number of views of one reader. */
  countOf(reader: RecordId): number {
    const name = String(reader);
    return [...this.#reads.keys()].filter((view) => readerOf(view) === name).length;
  }

  add(view: View): void {
    if (this.#reads.has(view)) return;
    this.#reads.set(view, { stopping: new AbortController(), isDue: false, isRunning: false });
    this.#request(view);
  }

  remove(view: View): void {
    this.#reads.get(view)?.stopping.abort();
    this.#reads.delete(view);
    this.#fresh.delete(view);
  }

  /** Something changed: every view is read again, each at most once in `engineMs`. */
  requestAll(): void {
    for (const view of this.#reads.keys()) this.#request(view);
  }

  /** Results that were not published yet. They stay until `published`. */
  get fresh(): ReadonlyMap<View, Outcome> {
    return new Map(this.#fresh);
  }

  /** Marks results as published. */
  published(outcomes: ReadonlyMap<View, Outcome>): void {
    for (const [view, outcome] of outcomes) if (this.#fresh.get(view) === outcome) this.#fresh.delete(view);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { stopping } of this.#reads.values()) stopping.abort();
    await Promise.all(this.#running);
  }

  #request(view: View): void {
    const reads = this.#reads.get(view);
    if (!reads || this.#isStopped) return;
    reads.isDue = true;
    if (reads.isRunning) return;
    reads.isRunning = true;
    const running = this.#run(view, reads).finally(() => {
      reads.isRunning = false;
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  async #run(view: View, reads: Reads): Promise<void> {
    const { clock, engineMs, onFresh } = this.#options;
    const { signal } = reads.stopping;
    while (reads.isDue && !signal.aborted) {
      reads.isDue = false;
      const outcome = await this.#queue.run(readerOf(view), async () => {
        return signal.aborted ? undefined : this.#read(view);
      });
      if (signal.aborted) return;
      if (outcome) {
        this.#fresh.set(view, outcome);
        onFresh();
      } else reads.isDue = true;
      await clock.pause(engineMs, signal);
    }
  }

  /** Undefined if the database does not answer. */
  async #read(view: View): Promise<Outcome | undefined> {
    const [subscription] = view.subscriptions;
    if (!subscription) return undefined;
    const { text, bindings } = bounded(view.compiled.statement('v_'));
    try {
      const value = await subscription.socket.subscriber.engine.query(text, { ...bindings });
      return outcomeOf(view.compiled, { status: 'fulfilled', value }, stateBefore(view), this.#options);
    } catch (reason) {
      if (!isStatementError(reason)) return undefined;
      return outcomeOf(view.compiled, { status: 'rejected', reason }, undefined, this.#options);
    }
  }
}

/** Views that the engine evaluates are never shared, so they have one reader. */
function readerOf({ subscriptions }: View): string {
  const [subscription] = subscriptions;
  return subscription ? String(subscription.socket.subscriber.reader) : '';
}
