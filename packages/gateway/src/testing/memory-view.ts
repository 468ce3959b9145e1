/* A view that is maintained without a database. */
import { RecordId } from 'surrealdb';
import type { RecordFields } from '../permissions/evaluate.ts';
import type { CompiledPlan, Plan } from '../plans/plan.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { changeOf } from '../views/maintain/change.ts';
import { type Maintained, maintain, questionKey } from '../views/maintain/maintain.ts';
import { applyPatch } from '../views/maintain/patch.ts';
import { stateOf } from '../views/maintain/state-of.ts';
import { type EncodeRow, rowEncoder } from '../views/row.ts';
import type { ViewState } from '../views/state.ts';
import { TOKEN_KEY } from './database.ts';
import { type SimplePermission, simpleCompiler } from './simple-plans.ts';

export const encodeRow: EncodeRow = rowEncoder(TOKEN_KEY);
const READER = new RecordId('person', 'ada');

/** A record of a table and a number, from `table:number`. */
export function record(text: string): RecordId {
  const [table = '', key] = text.split(':');
  return new RecordId(table, Number(key));
}

/** A row as the database returns it. */
export const row = (id: string, fields: RecordFields = {}): RecordFields => ({ id: record(id), ...fields });

export class MemoryView {
  readonly compiled: CompiledPlan;
  readonly state: ViewState;

  /** @param rows what the plan's statement returned */
  constructor(plan: Plan, rows: readonly RecordFields[], permissions: Readonly<Record<string, SimplePermission>> = {}) {
    this.compiled = simpleCompiler(permissions)()(plan, READER);
    this.state = stateOf(this.compiled.nodes, rows, encodeRow);
  }

  /**
   * Applies changed rows.
   *
   * @param changes the rows by their ids; undefined for a deleted one
   * @param answers the engine's rows by node and id
   * @param isSame whether the records that permissions read are the same as before
   */
  change(
    changes: Readonly<Record<string, RecordFields | undefined>>,
    answers: readonly (readonly [node: number, id: string, row: RecordFields | undefined])[] = [],
    isSame = false,
  ): Maintained {
    const changed = Object.entries(changes).map(([id, fields]) => changeOf(record(id), fields && row(id, fields)));
    const maintained = maintain(this.compiled, this.state, changed, {
      encodeRow,
      recordOf: () => UNKNOWN,
      isSame: () => isSame,
      answers: new Map(answers.map(([node, id, found]) => [questionKey(node, id), found])),
    });
    if (maintained.kind === 'patched') applyPatch(this.state, maintained.patch);
    return maintained;
  }

  /** A list as text: the numbers of the shown rows, those in reserve, and `…` if further rows may follow. */
  list(node = 0, parent = ''): string {
    const { lists, reserves } = this.#node(node);
    const { keys, isComplete } = reserves.get(parent) ?? { keys: [], isComplete: true };
    const parts = [...(lists.get(parent) ?? []), '|', ...keys, ...(isComplete ? [] : ['…'])];
    return parts.map((key) => key.replace(/^\w+:/, '')).join(' ');
  }

  /** The JSON of a shown row. */
  json(node: number, id: string): unknown {
    const held = this.#node(node).rows.get(id);
    return held && JSON.parse(held.row.json);
  }

  #node(index: number) {
    const node = this.state.nodes[index];
    if (node === undefined) throw new RangeError(`The state has no node ${index}.`);
    return node;
  }
}
