/*
 * Maintains a view: applies changed rows to its state, without running the plan's statement again. A pure function, which
 * changes nothing: the patch is applied when the round is published.
 *
 *   changed rows ─▶ each node of the plan ─▶ in a list or not? where? ─▶ patch
 *                                              │
 *                                              ├─ ask: the engine knows (a permission or a value that is not decided here),
 *                                              │       or a new row has related rows; called again with the answers
 *                                              └─ rerun: the plan's statement must run again
 */
import { RecordId } from 'surrealdb';
import type { RecordFields, RecordOf } from '../../permissions/evaluate.ts';
import { matches } from '../../plans/may-match.ts';
import type { CompiledPlan, PlanNode } from '../../plans/plan.ts';
import { memberOf } from '../../values/unknown.ts';
import { requiredRecord } from '../affected/dependencies.ts';
import type { EncodeRow, Row } from '../row.ts';
import type { SortKey, ViewState } from '../state.ts';
import type { Change } from './change.ts';
import { columnsOf, type NodeDraft, ViewDraft } from './draft.ts';
import { ListMaintenance } from './list-maintenance.ts';
import { type MaintenanceLimit, MustRerun } from './must-rerun.ts';
import { isNoChange, type Patch } from './patch.ts';

/** A row to read from the engine, with its related rows. */
export interface Question {
  readonly node: number;
  readonly id: RecordId;
}

/** The engine's answers, by `questionKey`; undefined: the row does not exist or is hidden. */
export type Answers = ReadonlyMap<string, RecordFields | undefined>;

export const questionKey = (node: number, key: string): string => `${node} ${key}`;

export type Maintained =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'patched'; readonly patch: Patch }
  | { readonly kind: 'ask'; readonly questions: readonly Question[] }
  | { readonly kind: 'rerun'; readonly reason: MaintenanceLimit };

export interface MaintainOptions {
  readonly encodeRow: EncodeRow;
  /** Records that permissions read, as they are now. */
  readonly recordOf: RecordOf;
  /** Whether a field of a record that permissions read is certainly the same as in the last round. */
  readonly isSame: (change: Change, member: string) => boolean;
  readonly answers: Answers;
}

/**
 * @param changes the rows that were written since the state, as they are now
 * @throws ValueError if a value cannot be sent
 */
export function maintain(
  compiled: CompiledPlan,
  state: ViewState,
  changes: readonly Change[],
  options: MaintainOptions,
): Maintained {
  const maintenance = new Maintenance(compiled.nodes, state, changes, options);
  try {
    return maintenance.run();
  } catch (error) {
    if (error instanceof MustRerun) return { kind: 'rerun', reason: error.reason };
    throw error;
  }
}

/** What the parts of a maintenance share. */
export class Maintenance {
  readonly draft: ViewDraft;
  readonly #changes: readonly Change[];
  readonly #options: MaintainOptions;
  readonly #questions = new Map<string, Question>();

  constructor(nodes: readonly PlanNode[], state: ViewState, changes: readonly Change[], options: MaintainOptions) {
    this.draft = new ViewDraft(nodes, state, options.encodeRow);
    this.#changes = changes;
    this.#options = options;
  }

  run(): Maintained {
    for (const at of this.draft.nodes) {
      this.#checkPermission(at.node);
      const changes = this.#changes.filter(({ table }) => table === at.node.table);
      if (changes.length === 0) continue;
      if (isLinked(at.node)) for (const change of changes) this.#changeLinked(at, change);
      else new ListMaintenance(this, at).run(changes);
    }
    if (this.#questions.size > QUESTIONS_MAX) throw new MustRerun('questions');
    if (this.#questions.size > 0) return { kind: 'ask', questions: [...this.#questions.values()] };
    const patch = this.draft.finish();
    return isNoChange(patch) ? { kind: 'unchanged' } : { kind: 'patched', patch };
  }

  /** Whether the row's permission and conditions show it; undefined if the engine must be asked first. */
  isMember({ node }: NodeDraft, { id, key, row }: Change): boolean | undefined {
    if (row === undefined) return false;
    const isMatch = matches(node.plan.where, row);
    if (isMatch === false) return false;
    const isVisible = isVisibleRow(node, row, this.#options.recordOf);
    if (isVisible === false || (isVisible && isMatch)) return isVisible;
    const answer = this.#ask(node, id, key);
    return answer === UNANSWERED ? undefined : answer !== undefined;
  }

  /** Shows a changed row that was not shown. */
  show(at: NodeDraft, parent: string, change: Change, sort: SortKey): void {
    if (!at.children.some(({ node }) => node.many)) this.update(at, parent, change, sort);
    else this.showAnswer(at, parent, change.id);
  }

  /** Shows a row with its related rows as the engine returns them. */
  showAnswer(at: NodeDraft, parent: string, id: RecordId): void {
    const key = String(id);
    const answer = this.#ask(at.node, id, key);
    if (answer === UNANSWERED) return;
    // The engine decides.
    if (answer === undefined) throw new MustRerun('permission');
    this.draft.addRow(at, parent, key, answer);
  }

  /** Gives a row its new content. Its lists of related rows stay as they are. */
  update(at: NodeDraft, parent: string, change: Change, sort: SortKey): void {
    at.rows.set(change.key, { row: this.encode(at, change), sort, parent });
    for (const child of at.children) if (!child.node.many) this.#link(child, change);
  }

  encode(at: NodeDraft, { key, row = {}, encoded }: Change): Row {
    const columns = at.node.columns === 'all' ? undefined : JSON.stringify(at.node.columns);
    const known = columns === undefined ? undefined : encoded.get(columns);
    if (known !== undefined) return known;
    const made = this.#options.encodeRow(columnsOf(at, row), at.rows.before(key)?.row);
    if (columns !== undefined) encoded.set(columns, made);
    return made;
  }

  sortOf({ node }: NodeDraft, { id, row }: Change): SortKey {
    return node.order.map(({ field }) => (field === 'id' ? id : memberOf(row, field)));
  }

  #link(at: NodeDraft, { key: parent, row }: Change): void {
    const target = row?.[at.node.field];
    const key = target instanceof RecordId ? String(target) : undefined;
    if (at.links.get(parent) === key) return;
    this.draft.unlink(at, parent);
    if (!(target instanceof RecordId) || key === undefined) return;
    // A record that another parent links to is either shown or known to be hidden.
    const isKnown = at.isLinked(key);
    at.setLink(parent, key);
    const answer = isKnown ? undefined : this.#ask(at.node, target, key);
    if (answer === UNANSWERED) return;
    if (answer !== undefined) this.draft.addRow(at, '', key, answer);
    at.setList(parent, at.rows.has(key) ? [key] : []);
  }

  /** A change of a record that rows of the parent node link to. */
  #changeLinked(at: NodeDraft, change: Change): void {
    const parents = at.parentsLinkedTo(change.key);
    if (parents.size === 0) return;
    const isMember = this.isMember(at, change);
    if (isMember === undefined) return;
    const isShown = at.rows.has(change.key);
    if (isMember && isShown) this.update(at, '', change, this.sortOf(at, change));
    else if (isMember) this.show(at, '', change, this.sortOf(at, change));
    else if (isShown) this.draft.dropRow(at, change.key);
    // An answer about one of the parents may have shown it already.
    const wasShown = isShown && at.rows.before(change.key) !== undefined;
    if (isMember !== wasShown) for (const parent of parents) at.setList(parent, isMember ? [change.key] : []);
  }

  /** A changed record may show or hide any row whose permission reads it. */
  #checkPermission(node: PlanNode): void {
    const { follows, readsReader } = node;
    if (follows.length === 0 && readsReader === undefined) return;
    const reader = readsReader && String(readsReader);
    for (const change of this.#changes) {
      if (change.key === reader) throw new MustRerun('permission');
      for (const { field, table, member } of follows) {
        if (table !== change.table || !this.#mayFollow(node, field, change.key)) continue;
        if (!this.#options.isSame(change, member)) throw new MustRerun('permission');
      }
    }
  }

  /** Whether rows of the node may hold this record in the field. */
  #mayFollow({ many, parent, field: own, plan }: PlanNode, field: string, key: string): boolean {
    // In a relation to many, this field of all rows holds the parent.
    if (many && parent >= 0 && own === field) return this.draft.nodes[parent]?.rows.has(key) ?? true;
    const wanted = requiredRecord(plan.where, field);
    return wanted === undefined || String(wanted.value) === key;
  }

  #ask(node: PlanNode, id: RecordId, key: string): RecordFields | undefined | typeof UNANSWERED {
    const question = questionKey(node.index, key);
    const { answers } = this.#options;
    if (answers.has(question)) return answers.get(question);
    this.#questions.set(question, { node: node.index, id });
    return UNANSWERED;
  }
}

const UNANSWERED: unique symbol = Symbol('unanswered');

/** Above this many questions, reading the whole view costs less. */
const QUESTIONS_MAX = 100;

const isLinked = ({ parent, many }: PlanNode): boolean => parent >= 0 && !many;

/** Undefined if only the engine knows. */
function isVisibleRow({ permission }: PlanNode, row: RecordFields, recordOf: RecordOf): boolean | undefined {
  if (permission.kind === 'where') return permission.isVisible(row, recordOf);
  return permission.kind === 'engine' ? undefined : permission.kind === 'all';
}
