/* What became of a view in a round, or why it failed. */
import type { LinkLogger } from '@spookify/surreal-link';
import type { CompiledPlan } from '../../plans/plan.ts';
import type { WireErrorBody } from '../../wire/errors.ts';
import { ValueError } from '../../wire/value.ts';
import { stateOf } from '../maintain/state-of.ts';
import type { EncodeRow } from '../row.ts';
import type { ViewState } from '../state.ts';
import type { Outcome } from '../view.ts';

export interface ReadOptions {
  readonly rowsMax: number;
  readonly encodeRow: EncodeRow;
  readonly logger: LinkLogger;
}

/**
 * The new state of a view, or why it has none.
 *
 * @param isPart as for `stateOf`
 */
export function outcomeOf(
  compiled: CompiledPlan,
  result: PromiseSettledResult<unknown>,
  before: ViewState | undefined,
  options: ReadOptions,
  isPart = false,
): Outcome {
  return orFailed<Outcome>(compiled, options, () => {
    if (result.status === 'rejected') throw result.reason;
    const state = stateOf(compiled.nodes, result.value, options.encodeRow, { before, isPart });
    return { kind: 'read', state };
  });
}

/** Makes an outcome, which fails if `make` throws or the view has too many rows. */
export function orFailed<Result extends { readonly kind: string }>(
  { key }: CompiledPlan,
  { logger, rowsMax }: ReadOptions,
  make: () => Result | Outcome,
): Result | Outcome {
  try {
    const made = make();
    return rowCountOf(made) > rowsMax ? { kind: 'failed', error: tooManyRows(rowsMax) } : made;
  } catch (err) {
    logger.warn({ err, view: key }, 'a view could not be read');
    return { kind: 'failed', error: err instanceof ValueError ? unsendable(err) : UNREADABLE };
  }
}

function rowCountOf(made: object): number {
  if ('state' in made) return (made.state as ViewState).rowCount;
  return 'patch' in made ? (made.patch as { readonly rowCount: number }).rowCount : 0;
}

function tooManyRows(max: number): WireErrorBody {
  return {
    code: 'SPOOKY_GATEWAY_TOO_MANY_ROWS',
    message: `This query has more than ${max} rows, its related rows included. Add a limit or a condition.`,
  };
}

/** The database's own message may quote values that the reader cannot see. */
const UNREADABLE: WireErrorBody = {
  code: 'SPOOKY_GATEWAY_DATABASE',
  message: "The database could not run this query, or not in time. Make it smaller; the gateway's log has the details.",
};

function unsendable({ message }: ValueError): WireErrorBody {
  return { code: 'SPOOKY_GATEWAY_DATABASE', message: `A row of this query cannot be sent. ${message}` };
}
