/*
 * Views that have to wait for a later round, because this one had no time for them or their readers have spent their budget.
 *
 *   shown ──touched and not read──▶ late ──read in a later round──▶ shown
 *
 * The promises of the format hold for them too. A subscription is not answered with a state from before it. And what a
 * socket is sent of one round is one moment, which holds its own writes: while one of its views is late, delivery.ts holds
 * back the others. Neither gives a reader more of the rounds than its budget.
 */
import type { ReadingBudget } from './reading-budget.ts';
import type { Registry } from './registry.ts';
import { isReadInRounds } from './touched.ts';
import type { Socket, View } from './view.ts';

export class LateViews {
  readonly #registry: Registry;
  readonly #budget: Pick<ReadingBudget, 'mayRead'>;
  readonly #views = new Set<View>();

  constructor(registry: Registry, budget: Pick<ReadingBudget, 'mayRead'>) {
    this.#registry = registry;
    this.#budget = budget;
  }

  get views(): Iterable<View> {
    return this.#views;
  }

  /** A round found it touched and did not read it. */
  add(view: View): void {
    view.isLate = true;
    this.#views.add(view);
  }

  /** It was read, or will not be any more. */
  remove(view: View): void {
    view.isLate = false;
    this.#views.delete(view);
  }

  /** Views that are to be read for the first time. They may wait for another round, if the others take long. */
  firstReads(round: number): Set<View> {
    const views = new Set<View>();
    for (const { view, waitingFor = 0 } of this.#registry.waiting) {
      if (waitingFor <= round && view.status.kind === 'new' && isReadInRounds(view)) views.add(view);
    }
    return views;
  }

  /** Whether this round would read a view that waits: not if all their readers have to wait. */
  isWorthRound(round: number): boolean {
    for (const view of [...this.#views]) if (!isReadInRounds(view)) this.remove(view);
    for (const view of this.#views) if (this.#budget.mayRead(view)) return true;
    for (const view of this.firstReads(round)) if (this.#budget.mayRead(view)) return true;
    return false;
  }

  /** Whether the socket shows a view that is late. */
  isLate({ holdings }: Socket): boolean {
    if (this.#views.size === 0) return false;
    for (const { view, waitingFor } of holdings.values()) if (waitingFor === undefined && view.isLate) return true;
    return false;
  }
}
