/*
 * Reads views in a round's transaction, many statements in one text. A statement that fails does not end the
 * transaction, so only its view fails. A text that the engine cannot parse is sent again, one view at a time.
 */
import type { LinkLogger, Transaction } from '@spookify/surreal-link';
import { isQueryError } from '../../changes/query-error.ts';
import { LIMITS } from '../../limits.ts';
import type { CompiledPlan, Statement } from '../../plans/plan.ts';
import type { WireErrorBody } from '../../wire/errors.ts';
import { decodeValue, ValueError } from '../../wire/value.ts';
import type { EncodeRow } from '../row.ts';
import { stateOf, type ViewState } from '../state.ts';
import type { Outcome, View } from '../view.ts';
import type { RoundBudget } from './reading-budget.ts';

/** The most statements in one text. The engine answers only after all of them have run. */
const VIEWS_PER_TEXT = 32;
/** Views that are expected to take longer than this in total are not read in one text. */
const TEXT_MS = 64;
/** The expected time of a view that was never read. */
const UNKNOWN_MS = 8;

export interface ReadOptions {
  readonly rowsMax: number;
  readonly encodeRow: EncodeRow;
  readonly logger: LinkLogger;
}

export interface ReadTurns {
  readonly budget: RoundBudget;
  /** Checked before each text; if it returns true, the rest is not read. */
  readonly isTimeUp: () => boolean;
}

/** @returns outcomes of the views that were read; the others wait for another round */
export async function readViews(
  transaction: Transaction,
  views: readonly View[],
  options: ReadOptions,
  { budget, isTimeUp }: ReadTurns,
): Promise<Map<View, Outcome>> {
  const outcomes = new Map<View, Outcome>();
  const queue = [...views].reverse();
  while (!isTimeUp()) {
    const taken = takeViews(queue, budget);
    if (taken.length === 0) break;
    const engineMs = transaction.engineMs;
    // Together they may take as long as a single one.
    const timeoutMs = Math.ceil(LIMITS.views.statementMs / taken.length);
    const usual: StatementOf = (view, prefix) => bounded(recentOf(view, prefix) ?? wholeOf(view, prefix), timeoutMs);
    const results = await runStatements(transaction, taken, usual);
    const short = taken.filter((view, index) => isShort(view, results.get(index)));
    const whole = await runStatements(transaction, short, (view, prefix) => bounded(wholeOf(view, prefix), timeoutMs));
    const ms = (transaction.engineMs - engineMs) / taken.length;
    taken.forEach((view, index) => {
      const result = whole.get(short.indexOf(view)) ?? results.get(index) ?? NO_RESULT;
      // It may have had too little time, so it is read again alone.
      const isOpen = taken.length > 1 && result.status === 'rejected';
      view.costMs = isOpen ? Math.max(ms, timeoutMs) : ms;
      budget.charge(view, ms);
      if (isOpen) queue.push(view);
      else outcomes.set(view, outcomeOf(view.compiled, result, stateBefore(view), options));
    });
  }
  return outcomes;
}

/**
 * Takes the views for the next text from the end of the queue, and drops those whose readers have spent their budgets.
 */
function takeViews(queue: View[], budget: RoundBudget): View[] {
  const taken: View[] = [];
  let ms = 0;
  for (let view = queue.pop(); view !== undefined; view = queue.pop()) {
    if (!budget.mayRead(view)) continue;
    const [first = view] = taken;
    const fits = ms + expectedMs(view) <= TEXT_MS && chargedReader(view) === chargedReader(first);
    if (taken.length > 0 && (!fits || taken.length >= VIEWS_PER_TEXT)) {
      queue.push(view);
      break;
    }
    taken.push(view);
    ms += expectedMs(view);
  }
  return taken;
}

const expectedMs = ({ costMs = UNKNOWN_MS }: View): number => costMs;

/**
 * The reader who is charged for a view of unknown cost. Such views of different readers are not read in one text, so
 * that no reader pays for another's view. Undefined if the cost is known.
 */
function chargedReader({ costMs, subscriptions }: View): string | undefined {
  const [subscription] = subscriptions;
  return costMs === undefined && subscription ? String(subscription.socket.subscriber.reader) : undefined;
}

type Result = PromiseSettledResult<unknown>;
type StatementOf = (view: View, prefix: string) => Statement;

const NO_RESULT: Result = { status: 'rejected', reason: new Error('no result came for the view') };

const wholeOf: StatementOf = ({ compiled }, prefix) => compiled.statement(prefix);

/** The cheap statement for a list of the last rows. It is enough unless rows have left the list. */
function recentOf({ compiled: { recent }, status }: View, prefix: string): Statement | undefined {
  if (recent === undefined || status.kind !== 'shown') return undefined;
  const [root] = status.state.nodes;
  const keys = root?.lists.get('') ?? [];
  const last = root?.rows.get(keys.at(-1) ?? '');
  if (keys.length < recent.count || last === undefined) return undefined;
  // Only this field is decoded: others may hold values that the database can hold but the wire format cannot.
  const parsed = JSON.parse(last.json);
  const { [recent.field]: floor } = parsed.$o ?? parsed;
  return recent.statement(prefix, decodeValue(floor));
}

/** Whether the cheap statement returned too few rows. */
function isShort(view: View, result: Result | undefined): boolean {
  const { recent } = view.compiled;
  if (recent === undefined || result?.status !== 'fulfilled' || !Array.isArray(result.value)) return false;
  return result.value.length < recent.count && recentOf(view, '') !== undefined;
}

/** The results by the index of their view. */
async function runStatements(
  transaction: Transaction,
  views: readonly View[],
  statementOf: StatementOf,
): Promise<ReadonlyMap<number, Result>> {
  if (views.length === 0) return new Map();
  const statements = views.map((view, index) => statementOf(view, `v${index}_`));
  const text = statements.map((statement) => statement.text).join(';\n');
  const bindings = Object.assign({}, ...statements.map((statement) => statement.bindings));
  try {
    return new Map((await transaction.settled(text, bindings)).entries());
  } catch (error) {
    if (!isQueryError(error)) throw error;
    if (views.length === 1) return new Map([[0, { status: 'rejected', reason: error }]]);
    const results = new Map<number, Result>();
    for (const [index, view] of views.entries()) {
      const [result] = (await runStatements(transaction, [view], statementOf)).values();
      results.set(index, result ?? NO_RESULT);
    }
    return results;
  }
}

/** Limits a statement's time, so that one view cannot delay the round for all others. */
export function bounded({ text, bindings }: Statement, timeoutMs: number = LIMITS.views.statementMs): Statement {
  return { text: `${text} TIMEOUT ${timeoutMs}ms`, bindings };
}

export const stateBefore = ({ status }: View): ViewState | undefined =>
  status.kind === 'shown' ? status.state : undefined;

/** The new state of a view, or why it has none. */
export function outcomeOf(
  { nodes, key }: CompiledPlan,
  result: PromiseSettledResult<unknown>,
  before: ViewState | undefined,
  { encodeRow, logger, rowsMax }: ReadOptions,
): Outcome {
  try {
    if (result.status === 'rejected') throw result.reason;
    const state = stateOf(nodes, result.value, encodeRow, before);
    return state.rowCount > rowsMax ? { kind: 'failed', error: tooManyRows(rowsMax) } : { kind: 'read', state };
  } catch (err) {
    logger.warn({ err, view: key }, 'a view could not be read');
    return { kind: 'failed', error: err instanceof ValueError ? unsendable(err) : UNREADABLE };
  }
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
