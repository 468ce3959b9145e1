import type { PlanNode } from '../../plans/plan.ts';
import type { ServerFrame, WireSplice } from '../../wire/frames.ts';
import type { Row } from '../row.ts';
import type { ViewState } from '../state.ts';
import { countDifference } from './counts.ts';
import { splicesOf } from './splices.ts';

/** The content of a ViewChange, with rows that are already encoded. */
export interface Difference {
  readonly rows: readonly (readonly [node: number, key: string, row: Row])[];
  readonly lists: readonly (readonly [node: number, parent: string, splices: readonly WireSplice[]])[];
}

/**
 * How `after` differs from `before`; without `before`, how it differs from an empty view. The list of a parent that is
 * gone becomes empty, so that it starts empty if the parent comes back.
 */
export function diff(nodes: readonly PlanNode[], before: ViewState | undefined, after: ViewState): Difference {
  const rows: [number, string, Row][] = [];
  const lists: [number, string, readonly WireSplice[]][] = [];
  after.nodes.forEach((node, index) => {
    const old = before?.nodes[index];
    if (nodes[index]?.shows !== 'rows') {
      for (const parent of new Set([...(old?.counts.keys() ?? []), ...node.counts.keys()])) {
        const { row, splices } = countDifference(parent, old?.counts.get(parent), node.counts.get(parent));
        if (row !== undefined) rows.push([index, parent, row]);
        if (splices.length > 0) lists.push([index, parent, splices]);
      }
      return;
    }
    for (const [key, { row }] of node.rows) {
      if (old?.rows.get(key)?.row.hash !== row.hash) rows.push([index, key, row]);
    }
    for (const [parent, keys] of node.lists) {
      const splices = splicesOf(old?.lists.get(parent) ?? [], keys);
      if (splices.length > 0) lists.push([index, parent, splices]);
    }
    for (const [parent, keys] of old?.lists ?? []) {
      if (!node.lists.has(parent)) lists.push([index, parent, [[0, keys.length, []]]]);
    }
  });
  return { rows, lists };
}

export function isEmpty({ rows, lists }: Difference): boolean {
  return rows.length === 0 && lists.length === 0;
}

/** The frame as text. It is assembled from the rows' JSON, so no row is encoded twice. */
export function frameOf(type: 'snapshot' | 'delta', view: number, { rows, lists }: Difference): string {
  const texts = rows.map(([node, key, { hash, json }]) => `[${node},${JSON.stringify(key)},"${hash}",${json}]`);
  return `{"type":"${type}","view":${view},"rows":[${texts.join(',')}],"lists":${JSON.stringify(lists)}}`;
}

export const textOf = (frame: ServerFrame): string => JSON.stringify(frame);
