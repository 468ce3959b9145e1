import type { PlanNode } from '../../plans/plan.ts';
import type { EncodeRow } from '../row.ts';
import { emptyState, type ViewState } from '../state.ts';
import { ViewDraft } from './draft.ts';
import { applyPatch } from './patch.ts';

/**
 * The state that a plan's statement returned.
 *
 * @param result a list of rows, each with its related rows
 * @param options.before the last state, whose encoded rows are reused
 * @param options.isPart whether further rows of the root may follow, however few were returned
 * @throws TypeError if the result does not belong to the plan, ValueError if a value cannot be sent
 */
export function stateOf(
  nodes: readonly PlanNode[],
  result: unknown,
  encodeRow: EncodeRow,
  { before, isPart = false }: { readonly before?: ViewState | undefined; readonly isPart?: boolean } = {},
): ViewState {
  const state = emptyState(nodes);
  const draft = new ViewDraft(nodes, state, encodeRow, before);
  const [root] = draft.nodes;
  if (root === undefined) throw new TypeError('a plan has at least one node');
  draft.addList(root, '', result, isPart);
  applyPatch(state, draft.finish());
  return state;
}
