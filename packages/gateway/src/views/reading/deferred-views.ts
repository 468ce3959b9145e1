/*
 * Views whose reading is put off to a later round, because this round has no time left or their readers have spent
 * their budgets.
 *
 *   shown ──affected and not read──▶ deferred ──read in a later round──▶ shown
 *
 * The guarantees of the protocol hold for them as well. A subscription is never answered with a state from before it.
 * Everything a socket is sent in one round shows one moment and includes the socket's own writes: while one of its
 * views is deferred, delivery.ts buffers the others. Neither gives a reader more of the rounds than its budget.
 */

import { isReadInRounds } from '../affected/affected-views.ts';
import type { Registry } from '../registry.ts';
import type { Socket, View } from '../view.ts';
import type { ReadingBudget } from './reading-budget.ts';

export class DeferredViews {
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

  /** A round affected the view but did not read it. */
  add(view: View): void {
    view.isDeferred = true;
    this.#views.add(view);
  }

  /** The view was read, or will not be read any more. */
  remove(view: View): void {
    view.isDeferred = false;
    this.#views.delete(view);
  }

  /** Views to be read for the first time. They wait for another round if the other views take long. */
  firstReads(round: number): Set<View> {
    const views = new Set<View>();
    for (const { view, waitingFor = 0 } of this.#registry.waiting) {
      if (waitingFor <= round && view.status.kind === 'new' && isReadInRounds(view)) views.add(view);
    }
    return views;
  }

  /** Whether the next round would read a waiting view: not if all readers of these views have spent their budgets. */
  isWorthRound(round: number): boolean {
    for (const view of [...this.#views]) {
      if (isReadInRounds(view)) continue;
      this.remove(view);
      // Rounds no longer read it, so a new subscription must not find its earlier state.
      if (view.subscriptions.size === 0) this.#registry.remove(view);
    }
    for (const view of this.#views) if (this.#budget.mayRead(view)) return true;
    for (const view of this.firstReads(round)) if (this.#budget.mayRead(view)) return true;
    return false;
  }

  /** Whether one of the socket's views is deferred. */
  isDeferred({ byView }: Socket): boolean {
    if (this.#views.size === 0) return false;
    for (const { view, waitingFor } of byView.values()) if (waitingFor === undefined && view.isDeferred) return true;
    return false;
  }
}
