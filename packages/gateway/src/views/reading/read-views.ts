/*
 * Reads views in a round's transaction, many statements in one text. If a statement fails, only its view fails.
 */
import type { Transaction } from '@spookify/surreal-link';
import { LIMITS } from '../../limits.ts';
import type { Statement } from '../../plans/plan.ts';
import type { ViewState } from '../state.ts';
import type { Outcome, View } from '../view.ts';
import { outcomeOf, type ReadOptions } from './outcome.ts';
import type { RoundBudget } from './reading-budget.ts';
import { runStatements, type StatementResult } from './run-statements.ts';

/** The most statements in one text. The engine answers only after all of them have run. */
const VIEWS_PER_TEXT = 32;
/** Views that are expected to take longer than this in total are not read in one text. */
const TEXT_MS = 64;
/** The expected time of a view that was never read. */
const UNKNOWN_MS = 8;

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
    const run = (views: readonly View[], statementOf: StatementOf): Promise<readonly StatementResult[]> =>
      runStatements(
        transaction,
        views.map((view) => (prefix) => bounded(statementOf(view, prefix), timeoutMs)),
      );
    const results = await run(taken, (view, prefix) => recentOf(view, prefix) ?? wholeOf(view, prefix));
    const isRecent = taken.map((view, index) => recentOf(view, '') !== undefined && !isShort(view, results[index]));
    const short = taken.filter((view, index) => recentOf(view, '') !== undefined && isRecent[index] === false);
    const whole = await run(short, wholeOf);
    const ms = (transaction.engineMs - engineMs) / taken.length;
    taken.forEach((view, index) => {
      const result = whole[short.indexOf(view)] ?? results[index];
      if (result === undefined) throw new RangeError('there is no result for a view');
      // It may have had too little time, so it is read again alone.
      const isOpen = taken.length > 1 && result.status === 'rejected';
      view.costMs = isOpen ? Math.max(ms, timeoutMs) : ms;
      budget.charge(view, ms);
      if (isOpen) queue.push(view);
      else outcomes.set(view, outcomeOf(view.compiled, result, stateBefore(view), options, isRecent[index]));
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

type StatementOf = (view: View, prefix: string) => Statement;

const wholeOf: StatementOf = ({ compiled }, prefix) => compiled.statement(prefix);

/** The cheap statement for a list of the last rows. It is enough unless rows have left the list. */
function recentOf({ compiled: { recent, nodes }, status }: View, prefix: string): Statement | undefined {
  if (recent === undefined || status.kind !== 'shown') return undefined;
  const [root] = status.state.nodes;
  const keys = root?.lists.get('') ?? [];
  const last = root?.rows.get(keys.at(-1) ?? '');
  if (keys.length < (nodes[0]?.count ?? 0) || last === undefined) return undefined;
  return recent.statement(prefix, last.sort[0]);
}

/** Whether the cheap statement returned too few rows. */
function isShort({ compiled: { nodes } }: View, result: StatementResult | undefined): boolean {
  if (result?.status !== 'fulfilled' || !Array.isArray(result.value)) return false;
  return result.value.length < (nodes[0]?.count ?? 0);
}

/** Limits a statement's time, so that one view cannot delay the round for all others. */
export function bounded({ text, bindings }: Statement, timeoutMs: number = LIMITS.views.statementMs): Statement {
  return { text: `${text} TIMEOUT ${timeoutMs}ms`, bindings };
}

export const stateBefore = ({ status }: View): ViewState | undefined =>
  status.kind === 'shown' ? status.state : undefined;
