/*
 * Views that have to wait for a later round, because this one had no time for them or their readers have spent their budget.
 *
 *   shown ──touched in round n, not read──▶ late since n ──read in a later round──▶ shown
 *
 * Two promises of the format hold for them too. A subscription is not answered with a state from before it. And a write
 * shows in the round that its answer names: a socket is told of no round from n on before its late views were read, so it
 * gets their round numbers later than others do. Neither gives a reader more of the rounds than its budget.
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
  add(view: View, round: number): void {
    view.lateSince ??= round;
    this.#views.add(view);
  }

  /** It was read, or will not be any more. */
  remove(view: View): void {
    view.lateSince = undefined;
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

  /** The last round, up to this one, whose state all views of the socket show. It never decreases. */
  shownIn(socket: Socket, round: number): number {
    if (this.#views.size === 0) return round;
    let shown = round;
    for (const { view, waitingFor } of socket.holdings.values()) {
      if (waitingFor === undefined && view.lateSince !== undefined) shown = Math.min(shown, view.lateSince - 1);
    }
    return shown;
  }
}
