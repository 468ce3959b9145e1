/*
 * Maintains the views that the changes of a round may affect.
 *
 *   changes ─▶ records that permissions read ─▶ maintain each view ─▶ patches
 *                                                  ▲       │ questions
 *                                                  └─answers┘            └─▶ reruns
 */
import type { Transaction } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { LIMITS } from '../../limits.ts';
import type { RecordFields } from '../../permissions/evaluate.ts';
import { UNKNOWN } from '../../values/unknown.ts';
import { ValueError } from '../../wire/value.ts';
import { readRows } from '../affected/read-changed.ts';
import { orFailed, type ReadOptions } from '../reading/outcome.ts';
import { bounded } from '../reading/read-views.ts';
import type { RoundBudget } from '../reading/reading-budget.ts';
import { runStatements, type StatementResult } from '../reading/run-statements.ts';
import type { Outcome, View } from '../view.ts';
import type { Change } from './change.ts';
import type { RoundRecords } from './followed-records.ts';
import { type Maintained, maintain, type Question, questionKey } from './maintain.ts';
import type { MaintenanceLimit } from './must-rerun.ts';

/** How often a view may ask. Each answer can show a row that raises another question. */
const TURNS_MAX = 4;
/** The most statements in one text. */
const STATEMENTS_MAX = 32;

export interface MaintainedViews {
  /** Views that were maintained. A view that is in neither map is not affected. */
  readonly outcomes: Map<View, Outcome>;
  /** Views that cannot be maintained in this round. */
  readonly limits: Map<View, MaintenanceLimit>;
}

export interface MaintainViewsOptions extends ReadOptions {
  readonly budget: RoundBudget;
  readonly records: RoundRecords;
}

type Answered = ReadonlyMap<View, Map<string, RecordFields | undefined>>;
type Asking = readonly (readonly [View, readonly Question[]])[];

/**
 * @param changed the changes that may affect each view
 * @returns undefined if the engine must be asked
 */
export function maintainAtOnce(
  changed: ReadonlyMap<View, readonly Change[]>,
  options: MaintainViewsOptions,
): MaintainedViews | undefined {
  if (missingRecords(changed, options.records).size > 0) return undefined;
  const maintained: MaintainedViews = { outcomes: new Map(), limits: new Map() };
  const asking = maintainEach(changed.keys(), changed, new Map(), maintained, options);
  return asking.length > 0 || maintained.limits.size > 0 ? undefined : maintained;
}

/** @param changed the changes that may affect each view */
export async function maintainViews(
  transaction: Transaction,
  changed: ReadonlyMap<View, readonly Change[]>,
  options: MaintainViewsOptions,
): Promise<MaintainedViews> {
  const maintained: MaintainedViews = { outcomes: new Map(), limits: new Map() };
  const answers = new Map<View, Map<string, RecordFields | undefined>>();
  let open = [...changed.keys()];
  await readFollowed(transaction, changed, options.records);
  for (let turn = 0; open.length > 0; turn += 1) {
    const asking = maintainEach(open, changed, answers, maintained, options);
    if (turn === TURNS_MAX) {
      for (const [view] of asking) maintained.limits.set(view, 'questions');
      break;
    }
    const failed = await answer(transaction, asking, answers, options);
    for (const view of failed) maintained.limits.set(view, 'questions');
    open = asking.map(([view]) => view).filter((view) => !failed.has(view));
  }
  return maintained;
}

/** @returns the views that ask, with their questions */
function maintainEach(
  views: Iterable<View>,
  changed: ReadonlyMap<View, readonly Change[]>,
  answers: Answered,
  { outcomes, limits }: MaintainedViews,
  options: MaintainViewsOptions,
): Asking {
  const asking: (readonly [View, readonly Question[]])[] = [];
  for (const view of views) {
    const startedAt = performance.now();
    const result = maintainView(view, changed.get(view) ?? [], answers.get(view) ?? new Map(), options);
    options.budget.charge(view, performance.now() - startedAt);
    if (result.kind === 'rerun') limits.set(view, result.reason);
    else if (result.kind === 'ask') asking.push([view, result.questions]);
    else if (result.kind !== 'unchanged') outcomes.set(view, result);
  }
  return asking;
}

function maintainView(
  view: View,
  changes: readonly Change[],
  answers: ReadonlyMap<string, RecordFields | undefined>,
  options: MaintainViewsOptions,
): Outcome | Maintained {
  const { compiled, status } = view;
  if (status.kind !== 'shown') return { kind: 'unchanged' };
  const { encodeRow, records, logger } = options;
  return orFailed<Maintained>(compiled, options, () => {
    try {
      return maintain(compiled, status.state, changes, {
        encodeRow,
        answers,
        recordOf: (id) => records.get(String(id)),
        isSame: (change, member) => records.isSame(change, member),
      });
    } catch (err) {
      if (err instanceof ValueError) throw err;
      logger.warn({ err, view: compiled.key }, 'a view could not be maintained and is read again; report this');
      return { kind: 'rerun', reason: 'fault' };
    }
  });
}

/** The records that permissions of the changed rows read, and that are not known. */
function missingRecords(
  changed: ReadonlyMap<View, readonly Change[]>,
  records: RoundRecords,
): ReadonlyMap<string, RecordId> {
  const missing = new Map<string, RecordId>();
  const need = (value: unknown): void => {
    if (!(value instanceof RecordId) || !records.isFollowed(value.table.name)) return;
    const key = String(value);
    if (records.get(key) === UNKNOWN) missing.set(key, value);
  };
  for (const [{ compiled }, changes] of changed) {
    for (const { table, follows, readsReader } of compiled.nodes) {
      if (follows.length === 0 && readsReader === undefined) continue;
      for (const change of changes) {
        if (change.table !== table || change.row === undefined) continue;
        need(readsReader);
        for (const { field } of follows) need(change.row[field]);
      }
    }
  }
  return missing;
}

async function readFollowed(
  transaction: Transaction,
  changed: ReadonlyMap<View, readonly Change[]>,
  records: RoundRecords,
): Promise<void> {
  const missing = missingRecords(changed, records);
  if (missing.size === 0) return;
  const { rows, unread } = await readRows(transaction, [...missing.values()]);
  for (const [key, id] of missing) records.stage(id.table.name, key, rows.get(key));
  // Without a record, the engine is asked about each row.
  for (const id of unread) records.forget(String(id));
}

/** @returns the views whose questions the engine could not answer, or whose readers have no time left in this round */
async function answer(
  transaction: Transaction,
  asking: Asking,
  answers: Map<View, Map<string, RecordFields | undefined>>,
  { budget }: MaintainViewsOptions,
): Promise<ReadonlySet<View>> {
  const failed = new Set<View>();
  const texts = asking.flatMap(([view, questions]) =>
    [...Map.groupBy(questions, ({ node }) => node)].map(([node, asked]) => ({
      view,
      node,
      ids: asked.map(({ id }) => id),
    })),
  );
  for (let from = 0; from < texts.length; from += STATEMENTS_MAX) {
    const due = texts.slice(from, from + STATEMENTS_MAX);
    const part = due.filter(({ view }) => budget.mayRead(view));
    for (const { view } of due) if (!budget.mayRead(view)) failed.add(view);
    if (part.length === 0) continue;
    const engineMs = transaction.engineMs;
    // Together they may take as long as a single one; otherwise the round's transaction could time out.
    const timeoutMs = Math.ceil(LIMITS.views.statementMs / part.length);
    const results = await runStatements(
      transaction,
      part.map(
        ({ view, node, ids }) =>
          (prefix) =>
            bounded(view.compiled.rows(node, prefix, ids), timeoutMs),
      ),
    );
    const ms = (transaction.engineMs - engineMs) / part.length;
    part.forEach(({ view, node, ids }, index) => {
      budget.charge(view, ms);
      const result = results[index];
      const known = answers.get(view) ?? new Map<string, RecordFields | undefined>();
      answers.set(view, known);
      const rows = rowsOf(result);
      if (rows === undefined) failed.add(view);
      else for (const id of ids) known.set(questionKey(node, String(id)), rows.get(String(id)));
    });
  }
  return failed;
}

/** The rows by their keys; undefined if the statement failed. */
function rowsOf(result: StatementResult | undefined): ReadonlyMap<string, RecordFields> | undefined {
  if (result?.status !== 'fulfilled' || !Array.isArray(result.value)) return undefined;
  return new Map(result.value.map((row: RecordFields) => [String(row.id), row]));
}
