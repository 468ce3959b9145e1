/* Chooses the first snapshots to prove (prove-view.ts), and lets a proof wait for a round. */
import type { Rounds } from '../../changes/options.ts';
import type { ViewLogger } from '../options.ts';
import type { EncodeRow } from '../row.ts';
import type { Subscriber } from '../subscriber.ts';
import type { View, ViewSubscription } from '../view.ts';
import { proveView } from './prove-view.ts';

export interface ViewProofsOptions {
  readonly rounds: () => Pick<Rounds, 'next' | 'scan'>;
  /** The hashes of the schema that views are compiled for, and of the schema that the database has now. */
  readonly usedSchema: () => string | undefined;
  readonly readSchema: () => Promise<string>;
  readonly encodeRow: EncodeRow;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** One of this many first snapshots is proven. */
  readonly sample: number;
  /** Called if the view shows other rows than a reader may see. */
  readonly onMismatch: (view: View) => void;
  readonly logger: ViewLogger;
}

const AT_ONCE = 4;

export class ViewProofs {
  readonly #options: ViewProofsOptions;
  readonly #running = new Set<Promise<void>>();
  /** Proofs that wait for a round that reads the whole inbox and has at least the number `from`. */
  readonly #waiting = new Set<{ readonly from: number; readonly resolve: () => void }>();
  #isStopped = false;
  #decided = 0;
  #failed = 0;

  constructor(options: ViewProofsOptions) {
    this.#options = options;
  }

  /** The number of proofs with a result, and of those that failed. */
  get stats(): { readonly proofs: number; readonly proofsFailed: number } {
    return { proofs: this.#decided, proofsFailed: this.#failed };
  }

  /** A subscription received its first answer. */
  answered({ view, socket }: ViewSubscription): void {
    const { random, sample, logger } = this.#options;
    if (view.compiled.live.kind !== 'exact' || view.status.kind !== 'shown') return;
    if (this.#running.size >= AT_ONCE || random() * sample >= 1) return;
    const proving = this.#prove(view, socket.subscriber)
      .catch((err: unknown) => logger.error({ err }, 'a view could not be compared with what its reader may see'))
      .finally(() => this.#running.delete(proving));
    this.#running.add(proving);
  }

  /** A round was published. */
  published(round: number, isWhole: boolean): void {
    if (!isWhole) return;
    for (const waiting of this.#waiting) if (waiting.from <= round) this.#resolve(waiting);
  }

  /** Resolves when no proof is running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const waiting of this.#waiting) this.#resolve(waiting);
    await Promise.all(this.#running);
  }

  async #prove(view: View, subscriber: Subscriber): Promise<void> {
    const { encodeRow, onMismatch, logger, usedSchema, readSchema } = this.#options;
    const used = usedSchema();
    const verdict = await proveView(view, subscriber, { encodeRow, nextWholeRound: () => this.#nextWholeRound() });
    // A stop ends the wait for a round, so the view may not have followed a change.
    if (verdict === 'unknown' || this.#isStopped) return;
    // The engine applies a new permission at once and views follow within a second, so this difference is not a leak.
    if (verdict === 'different' && (await readSchema()) !== used) return;
    this.#decided += 1;
    if (verdict === 'equal') return;
    this.#failed += 1;
    logger.error(
      { view: view.key, reader: String(subscriber.reader) },
      'a view shows other rows than its reader may see; it was closed',
    );
    onMismatch(view);
  }

  #nextWholeRound(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    const rounds = this.#options.rounds();
    return new Promise((resolve) => {
      this.#waiting.add({ from: rounds.next(), resolve });
      rounds.scan();
    });
  }

  #resolve(waiting: { readonly from: number; readonly resolve: () => void }): void {
    this.#waiting.delete(waiting);
    waiting.resolve();
  }
}
