/*
 * Proves a sample of shared views: compares what a view shows with what the reader's own session selects, where the
 * engine applies the permissions. A leak is worse than an outage, so a view that keeps differing is closed.
 *
 * Other writes continue in the meantime, so a comparison counts only if the view did not change between the read and
 * the end of the next round. That round must read the whole inbox, since late entries are found only then. A view that
 * everyone has left is not kept up to date, so its state says nothing.
 */
import { isStatementError } from '@spookify/surreal-link';
import { stateOf } from '../maintain/state-of.ts';
import { bounded } from '../reading/read-views.ts';
import type { EncodeRow } from '../row.ts';
import { digestOfState } from '../state.ts';
import type { Subscriber } from '../subscriber.ts';
import type { View } from '../view.ts';

export type Verdict = 'equal' | 'different' | 'unknown';

export interface ProofOptions {
  readonly encodeRow: EncodeRow;
  /** Resolves after a round that begins after the call and reads the whole inbox. */
  readonly nextWholeRound: () => Promise<void>;
}

const ATTEMPTS = 3;

export async function proveView(view: View, subscriber: Subscriber, options: ProofOptions): Promise<Verdict> {
  let verdict: Verdict = 'unknown';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    verdict = await compare(view, subscriber, options);
    if (verdict === 'equal') return verdict;
  }
  return verdict;
}

async function compare(view: View, subscriber: Subscriber, options: ProofOptions): Promise<Verdict> {
  const { compiled, status } = view;
  if (status.kind !== 'shown' || view.isDeferred || view.subscriptions.size === 0) return 'unknown';
  const shown = digestOfState(compiled.nodes, status.state);
  const { text, bindings } = bounded(compiled.unrestricted('v_'));
  try {
    const result = await subscriber.engine.query(text, { ...bindings });
    const allowed = digestOfState(compiled.nodes, stateOf(compiled.nodes, result, options.encodeRow));
    if (allowed === shown) return 'equal';
  } catch (error) {
    // The session has ended or the database does not answer, which says nothing about the view.
    if (!isStatementError(error)) return 'unknown';
  }
  await options.nextWholeRound();
  const isQuiet =
    !view.isDeferred && view.status.kind === 'shown' && digestOfState(view.compiled.nodes, view.status.state) === shown;
  return isQuiet && view.compiled === compiled && view.subscriptions.size > 0 ? 'different' : 'unknown';
}
