/* The changes of a draft: what is applied to the state when the round is published, and what is sent to subscribers. */
import type { WireSplice } from '../../wire/frames.ts';
import { countDifference } from '../delivery/counts.ts';
import { type Difference, isEmpty } from '../delivery/diff.ts';
import { splicesOf } from '../delivery/splices.ts';
import type { Row } from '../row.ts';
import type { HeldRow, NodeState, Reserve, ReservedRow, ViewState } from '../state.ts';
import type { NodeDraft } from './draft.ts';
import { applyChanges } from './overlay.ts';

type Changes<Value> = ReadonlyMap<string, Value | undefined>;

export interface NodePatch {
  readonly rows: Changes<HeldRow>;
  readonly lists: Changes<readonly string[]>;
  readonly counts: Changes<number>;
  readonly reserves: Changes<Reserve>;
  readonly reserved: Changes<ReservedRow>;
  readonly links: Changes<string>;
}

export interface Patch {
  readonly nodes: readonly NodePatch[];
  readonly difference: Difference;
  /** Whether the view holds other rows or links than before, so that it depends on other records. */
  readonly isOtherRows: boolean;
  /** Of the state after the patch. */
  readonly rowCount: number;
  readonly bytes: number;
}

const BYTES_PER_ROW = 160;
const BYTES_PER_KEY = 64;

export function patchOf(state: ViewState, drafts: readonly NodeDraft[]): Patch {
  const rows: [number, string, Row][] = [];
  const lists: [number, string, readonly WireSplice[]][] = [];
  let isOtherRows = false;
  let { rowCount, bytes } = state;
  drafts.forEach((draft, index) => {
    for (const [key, held] of draft.rows.changes) {
      const before = draft.rows.before(key);
      const isSent = draft.node.shows === 'rows' && held !== undefined && held.row.hash !== before?.row.hash;
      if (isSent) rows.push([index, key, held.row]);
      rowCount += Number(held !== undefined) - Number(before !== undefined);
      bytes += sizeOf(key, held?.row) - sizeOf(key, before?.row);
      isOtherRows ||= (held === undefined) !== (before === undefined);
    }
    for (const [key, reserved] of draft.reserved.changes) {
      const before = draft.reserved.before(key);
      bytes += sizeOfReserved(key, reserved) - sizeOfReserved(key, before);
      isOtherRows ||= (reserved === undefined) !== (before === undefined);
    }
    isOtherRows ||= draft.links.changes.size > 0;
    for (const [parent, count] of draft.counts.changes) {
      const { row, splices } = countDifference(parent, draft.counts.before(parent), count);
      if (row !== undefined) rows.push([index, parent, row]);
      if (splices.length > 0) lists.push([index, parent, splices]);
    }
    if (draft.node.shows !== 'rows') return;
    for (const [parent, keys = []] of draft.lists.changes) {
      const splices = splicesOf(draft.lists.before(parent) ?? [], keys, draft.moved.get(parent));
      if (splices.length > 0) lists.push([index, parent, splices]);
    }
  });
  const nodes = drafts.map(
    (draft): NodePatch => ({
      rows: draft.rows.changes,
      lists: draft.lists.changes,
      counts: draft.counts.changes,
      reserves: draft.reserves.changes,
      reserved: draft.reserved.changes,
      links: draft.links.changes,
    }),
  );
  return { nodes, difference: { rows, lists }, isOtherRows, rowCount, bytes };
}

/** Whether the patch changes nothing, neither what is shown nor what is held. */
export function isNoChange({ nodes, difference }: Patch): boolean {
  return (
    isEmpty(difference) &&
    nodes.every(({ rows, reserved, reserves, links }) => rows.size + reserved.size + reserves.size + links.size === 0)
  );
}

export function applyPatch(state: ViewState, { nodes, rowCount, bytes }: Patch): void {
  state.rowCount = rowCount;
  state.bytes = bytes;
  nodes.forEach((patch, index) => {
    const node = state.nodes[index];
    if (node === undefined) throw new RangeError(`The state has no node ${index}.`);
    applyLinks(node, patch.links);
    applyChanges(node.rows, patch.rows);
    applyChanges(node.lists, patch.lists);
    applyChanges(node.counts, patch.counts);
    applyChanges(node.reserves, patch.reserves);
    applyChanges(node.reserved, patch.reserved);
  });
}

function applyLinks({ links, linkedBy }: NodeState, changes: Changes<string>): void {
  for (const [parent, target] of changes) {
    const before = links.get(parent);
    if (before === target) continue;
    if (before !== undefined) {
      const parents = linkedBy.get(before);
      parents?.delete(parent);
      if (parents?.size === 0) linkedBy.delete(before);
    }
    if (target !== undefined) linkedBy.set(target, (linkedBy.get(target) ?? new Set()).add(parent));
  }
  applyChanges(links, changes);
}

function sizeOf(key: string, row: Row | undefined): number {
  return row === undefined ? 0 : row.json.length + key.length + BYTES_PER_ROW;
}

function sizeOfReserved(key: string, reserved: ReservedRow | undefined): number {
  return reserved === undefined ? 0 : key.length + BYTES_PER_KEY + (reserved.row?.json.length ?? 0);
}
