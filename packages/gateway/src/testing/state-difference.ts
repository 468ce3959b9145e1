/* Compares the state of a maintained view with the state that the plan's statement returns. */
import type { PlanNode } from '../plans/plan.ts';
import { ViewDraft } from '../views/maintain/draft.ts';
import type { EncodeRow } from '../views/row.ts';
import {
  digestOfState,
  emptyState,
  type HeldRow,
  type NodeState,
  type Reserve,
  type ReservedRow,
  type SortKey,
  type ViewState,
} from '../views/state.ts';
import { encodeValue } from '../wire/value.ts';

/**
 * How a maintained state differs from the expected one, as text; undefined if it does not. The reserve of a maintained
 * list may be shorter than the expected one. Everything else is equal.
 */
export function differenceOf(
  nodes: readonly PlanNode[],
  state: ViewState,
  expected: ViewState,
  encodeRow: EncodeRow,
): string | undefined {
  const differences = nodes.flatMap((_, index) => {
    const [own, wanted] = [nodeOf(state, index), nodeOf(expected, index)];
    return [
      ...unequal(own.rows, wanted.rows, textOfRow).map((text) => `row ${text}`),
      ...unequal(own.lists, wanted.lists, String).map((text) => `list ${text}`),
      ...unequal(own.counts, wanted.counts, String).map((text) => `count ${text}`),
      ...unequal(own.counts, countedIn(own, nodes[index]), String).map((text) => `counted ${text}`),
      ...reserveFaults(own, wanted).map((text) => `reserve ${text}`),
      ...unequal(own.links, wanted.links, String).map((text) => `link ${text}`),
      ...unequal(own.linkedBy, wanted.linkedBy, (parents) => [...parents].sort().join()).map(
        (text) => `linked ${text}`,
      ),
    ].map((text) => `node ${index}: ${text}`);
  });
  const counted = sizesOf(nodes, state, encodeRow);
  for (const name of ['rowCount', 'bytes'] as const) {
    if (state[name] !== counted[name]) differences.push(`${name} is ${state[name]} instead of ${counted[name]}`);
  }
  if (digestOfState(nodes, state) !== digestOfState(nodes, expected)) differences.push('the digest differs');
  return differences.length === 0 ? undefined : differences.join('\n');
}

function nodeOf({ nodes }: ViewState, index: number): NodeState {
  const node = nodes[index];
  if (node === undefined) throw new RangeError(`The state has no node ${index}.`);
  return node;
}

function unequal<Value>(
  own: ReadonlyMap<string, Value>,
  expected: ReadonlyMap<string, Value>,
  textOf: (value: Value) => string,
): string[] {
  return [...new Set([...own.keys(), ...expected.keys()])].flatMap((key) => {
    const [text, wanted] = [own, expected].map((map) => {
      const value = map.get(key);
      return value === undefined ? 'missing' : textOf(value);
    });
    return text === wanted ? [] : [`${key} is ${text} instead of ${wanted}`];
  });
}

/** The numbers that a node must show: those of the keys that it holds. */
function countedIn({ lists }: NodeState, node: PlanNode | undefined): ReadonlyMap<string, number> {
  if (node?.shows !== 'number') return new Map();
  return new Map([...lists].map(([parent, keys]) => [parent, keys.length]));
}

/** The reserve of each list is the beginning of the expected one, and its rows are the expected rows. */
function reserveFaults(own: NodeState, expected: NodeState): string[] {
  const faults: string[] = [];
  const keys = new Set<string>();
  for (const parent of new Set([...own.reserves.keys(), ...expected.reserves.keys()])) {
    const reserve = own.reserves.get(parent) ?? COMPLETE;
    const wanted = expected.reserves.get(parent) ?? COMPLETE;
    const isStart = reserve.keys.every((key, index) => key === wanted.keys[index]);
    const isComplete = !reserve.isComplete || reserve.keys.length === wanted.keys.length;
    const isOpen = reserve.isComplete || reserve.keys.length > 0 || own.reserves.has(parent);
    if (!isStart || !isComplete || !isOpen) faults.push(`${parent} is ${reserve.keys} instead of ${wanted.keys}`);
    for (const key of reserve.keys) keys.add(key);
  }
  const reserved = new Map([...expected.reserved].filter(([key]) => keys.has(key)));
  return [...faults, ...unequal(own.reserved, reserved, textOfReserved)];
}

const COMPLETE: Reserve = { keys: [], isComplete: true };

/** The count and the bytes of the rows that the state holds. */
function sizesOf(nodes: readonly PlanNode[], state: ViewState, encodeRow: EncodeRow) {
  const draft = new ViewDraft(nodes, emptyState(nodes), encodeRow);
  draft.nodes.forEach(({ rows, reserved }, index) => {
    const node = nodeOf(state, index);
    for (const [key, held] of node.rows) rows.set(key, held);
    for (const [key, held] of node.reserved) reserved.set(key, held);
  });
  const { rowCount, bytes } = draft.finish();
  return { rowCount, bytes };
}

const textOfSort = (sort: SortKey): string => JSON.stringify(sort.map((value) => encodeValue(value)));
const textOfRow = ({ row, sort, parent }: HeldRow): string =>
  `${row.hash} ${row.json} at ${textOfSort(sort)} of '${parent}'`;
const textOfReserved = ({ row, sort, parent }: ReservedRow): string =>
  `${row?.hash} ${row?.json} at ${textOfSort(sort)} of '${parent}'`;
