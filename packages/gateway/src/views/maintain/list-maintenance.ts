/*
 * Applies changed rows to the lists of one node: of the plan itself, or of a relation to many.
 *
 *   each change ─▶ taken out of its list, or placed in one ─▶ each list is divided again into shown and reserved rows
 */
import type { RecordId } from 'surrealdb';
import { orderOfValues } from '../../values/compare.ts';
import type { SortKey } from '../state.ts';
import type { Change } from './change.ts';
import type { NodeDraft } from './draft.ts';
import type { Maintenance } from './maintain.ts';
import { MustRerun } from './must-rerun.ts';

/** The keys of a list, shown and reserved ones. */
interface OpenList {
  readonly keys: string[];
  /** The keys that were taken out or placed. */
  readonly moved: Set<string>;
  readonly isComplete: boolean;
}

interface Placement {
  readonly parent: string;
  readonly sort: SortKey;
  readonly change: Change;
}

export class ListMaintenance {
  readonly #maintenance: Maintenance;
  readonly #at: NodeDraft;
  /** Lists whose keys change, by parent. */
  readonly #open = new Map<string, OpenList>();
  /** Changed rows that belong to a list, by key. */
  readonly #placed = new Map<string, Placement>();
  /** Changed rows that belong to no list any more. */
  readonly #taken = new Set<string>();
  /** The keys of lists with a limit, after the changes. */
  readonly #shown = new Map<string, ReadonlySet<string>>();
  readonly #reserved = new Map<string, ReadonlySet<string>>();

  constructor(maintenance: Maintenance, at: NodeDraft) {
    this.#maintenance = maintenance;
    this.#at = at;
  }

  run(changes: readonly Change[]): void {
    if (this.#at.node.plan.offset > 0) throw new MustRerun('offset');
    for (const change of changes) this.#apply(change);
    for (const [parent, list] of this.#open) this.#divide(parent, list);
    for (const key of this.#taken) this.#drop(key);
    for (const [key, placement] of this.#placed) this.#settle(key, placement);
  }

  #apply(change: Change): void {
    const { rows, reserved } = this.#at;
    const before = rows.get(change.key)?.parent ?? reserved.get(change.key)?.parent;
    const parent = this.#parentOf(change);
    if (before === undefined && parent === undefined) return;
    const isMember = parent !== undefined && this.#maintenance.isMember(this.#at, change);
    if (isMember === undefined) return;
    if (parent !== undefined && isMember) this.#place(parent, change, before);
    else if (before !== undefined) this.#take(before, change.key);
  }

  /** The key of the parent that the row belongs to; undefined if that parent is not shown. */
  #parentOf({ row }: Change): string | undefined {
    const { parent, field } = this.#at.node;
    if (row === undefined) return undefined;
    if (parent < 0) return '';
    const key = String(row[field]);
    return this.#maintenance.draft.nodes[parent]?.rows.has(key) ? key : undefined;
  }

  #place(parent: string, change: Change, before: string | undefined): void {
    const { key } = change;
    const sort = this.#maintenance.sortOf(this.#at, change);
    const known = before === parent ? this.#at.sortOf(key) : undefined;
    const isSamePlace = known !== undefined && this.#compare(known, sort) === 0;
    if (!isSamePlace) {
      if (before !== undefined) this.#take(before, key);
      const list = this.#listOf(parent);
      const { keys, isComplete } = list;
      const place = this.#placeOf(keys, sort);
      // Rows that are not held may come before it.
      if (place === keys.length && !isComplete) return;
      keys.splice(place, 0, key);
      list.moved.add(key);
      this.#open.set(parent, list);
      this.#taken.delete(key);
    }
    this.#placed.set(key, { parent, sort, change });
  }

  #take(parent: string, key: string): void {
    const list = this.#listOf(parent);
    list.keys.splice(list.keys.indexOf(key), 1);
    list.moved.add(key);
    this.#open.set(parent, list);
    this.#taken.add(key);
  }

  #listOf(parent: string): OpenList {
    const known = this.#open.get(parent);
    if (known !== undefined) return known;
    const { keys, isComplete } = this.#at.reserve(parent);
    return { keys: [...this.#at.list(parent), ...keys], moved: new Set(), isComplete };
  }

  /** The index at which a row belongs. */
  #placeOf(keys: readonly string[], sort: SortKey): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = keys[middle] ?? '';
      const other = this.#placed.get(key)?.sort ?? this.#at.sortOf(key) ?? [];
      if (this.#compare(other, sort) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(left: SortKey, right: SortKey): number {
    for (const [index, { descending }] of this.#at.node.order.entries()) {
      const order = orderOfValues(left[index], right[index]);
      if (order === undefined) throw new MustRerun('order');
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  }

  /** Divides a list again. Rows that only move between the shown ones and the reserve are moved here. */
  #divide(parent: string, { keys, moved, isComplete }: OpenList): void {
    const at = this.#at;
    const { count, fetched } = at.node;
    const shown = keys.slice(0, count);
    const reserve = { keys: keys.slice(count, fetched), isComplete: isComplete && keys.length <= fetched };
    if (shown.length < count && !reserve.isComplete) throw new MustRerun('window');
    const [shownBefore, reservedBefore] = [at.list(parent), at.reserve(parent).keys];
    at.setList(parent, shown, moved);
    if (keys.length === shown.length && reservedBefore.length === 0 && shownBefore.length <= count && isComplete)
      return;
    at.setReserve(parent, reserve);
    const [isShown, isReserved] = [new Set(shown), new Set(reserve.keys)];
    this.#shown.set(parent, isShown);
    this.#reserved.set(parent, isReserved);
    const isChanged = (key: string): boolean => this.#placed.has(key) || this.#taken.has(key);
    for (const key of shownBefore) {
      if (isShown.has(key)) continue;
      // Also a changed row whose own place is the same, if others push it out.
      moved.add(key);
      if (!isChanged(key)) this.#moveOut(parent, key, isReserved);
    }
    for (const key of reservedBefore) {
      if (isShown.has(key)) moved.add(key);
      if (isChanged(key)) continue;
      if (isShown.has(key)) this.#moveIn(parent, key);
      else if (!isReserved.has(key)) at.reserved.set(key, undefined);
    }
  }

  #moveOut(parent: string, key: string, isReserved: ReadonlySet<string>): void {
    const { rows, reserved, children } = this.#at;
    const held = rows.get(key);
    if (held === undefined) return;
    const row = children.length === 0 ? held.row : undefined;
    if (isReserved.has(key)) reserved.set(key, { parent, sort: held.sort, row });
    this.#maintenance.draft.dropRow(this.#at, key);
  }

  #moveIn(parent: string, key: string): void {
    const { rows, reserved } = this.#at;
    const held = reserved.get(key);
    if (held === undefined) return;
    reserved.set(key, undefined);
    if (held.row !== undefined) rows.set(key, { row: held.row, sort: held.sort, parent });
    else this.#maintenance.showAnswer(this.#at, parent, held.sort.at(-1) as RecordId);
  }

  /** Shows or reserves a changed row of a list. */
  #settle(key: string, { parent, sort, change }: Placement): void {
    const at = this.#at;
    const held = at.rows.get(key);
    const isShown = this.#shown.get(parent)?.has(key) ?? (this.#open.has(parent) || held !== undefined);
    if (isShown) {
      if (at.reserved.has(key)) at.reserved.set(key, undefined);
      if (held === undefined) this.#maintenance.show(at, parent, change, sort);
      else this.#maintenance.update(at, parent, change, sort);
      return;
    }
    const isReserved = this.#reserved.get(parent)?.has(key) ?? true;
    this.#drop(key);
    const row = at.children.length === 0 ? this.#maintenance.encode(at, change) : undefined;
    if (isReserved) at.reserved.set(key, { parent, sort, row });
  }

  #drop(key: string): void {
    this.#maintenance.draft.dropRow(this.#at, key);
    if (this.#at.reserved.has(key)) this.#at.reserved.set(key, undefined);
  }
}
