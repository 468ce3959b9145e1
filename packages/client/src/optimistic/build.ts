import { share } from '../live/share.ts';
import { NONE, type RowFields, shownOf, type ViewList, type ViewNode, type ViewRow } from '../live/view-store.ts';
import type { ListDraft } from './list-draft.ts';
import type { NodeDraft } from './node-draft.ts';

/** The objects of a node that differ from those of the view without the writes. */
export interface BuiltNode {
  readonly rows: ReadonlyMap<string, BuiltRow>;
  readonly lists: ReadonlyMap<string, readonly object[]>;
}

interface BuiltRow {
  readonly fields: RowFields;
  readonly object: object;
}

/** Above this many changed rows of a list it is cheaper to check each of its rows than to search for the changed ones. */
const MANY_ROWS = 16;
const EMPTY: ViewList = { keys: NONE, rows: NONE };

/**
 * Makes the objects and lists that the writes change, from the leaves to the plan itself. Everything else stays the
 * object of the view. What has the same content as in the view, or as before, is the same object.
 *
 * @param before what was built last
 */
export function build(drafts: readonly NodeDraft[], before: readonly BuiltNode[] = []): readonly BuiltNode[] {
  const built: BuiltNode[] = [];
  for (const draft of drafts.toReversed()) {
    const { index } = draft.rules.node;
    const rows = builtRows(
      draft,
      before[index]?.rows,
      (child, key) => {
        return built[child]?.lists.get(key) ?? drafts[child]?.base.lists.get(key)?.rows;
      },
      changedParents(draft, built),
    );
    built[index] = { rows, lists: builtLists(draft, before[index]?.lists, rows) };
  }
  return built;
}

/** Rows whose related rows have changed. */
function changedParents({ rules: { node } }: NodeDraft, built: readonly BuiltNode[]): readonly string[] {
  return node.children.flatMap(({ index }) => [...(built[index]?.lists.keys() ?? [])]);
}

function builtRows(
  { base, rows, rules: { node } }: NodeDraft,
  before: BuiltNode['rows'] | undefined,
  listOf: (child: number, key: string) => readonly object[] | undefined,
  changedBelow: readonly string[],
): BuiltNode['rows'] {
  const built = new Map<string, BuiltRow>();
  for (const key of new Set([...rows.keys(), ...changedBelow])) {
    const known = base.rows.get(key);
    const earlier = before?.get(key);
    const changed = rows.get(key)?.fields ?? known?.fields;
    // The parent is not shown any more.
    if (changed === undefined) continue;
    const kept = share(known?.fields, changed);
    const fields = kept === known?.fields ? kept : share(earlier?.fields, kept);
    const related = node.children.map((child) => [child.name, shownOf(child, listOf(child.index, key))] as const);
    const isSame = (row: Pick<ViewRow, 'fields' | 'object'> | undefined): boolean =>
      row?.fields === fields &&
      related.every(([name, shown]) => (row.object as RowFields | undefined)?.[name] === shown);
    if (isSame(known)) continue;
    const object = related.length === 0 ? fields : { ...fields, ...Object.fromEntries(related) };
    built.set(key, earlier !== undefined && isSame(earlier) ? earlier : { fields, object });
  }
  return built;
}

function builtLists(
  draft: NodeDraft,
  before: BuiltNode['lists'] | undefined,
  rows: BuiltNode['rows'],
): BuiltNode['lists'] {
  const { base, lists } = draft;
  const changed = new Map<string, string[]>([...lists].map(([parent, { placed }]) => [parent, [...placed]]));
  for (const key of rows.keys()) {
    for (const parent of parentsOf(draft, key)) {
      const keys = changed.get(parent);
      if (keys === undefined) changed.set(parent, [key]);
      else keys.push(key);
    }
  }
  const built = new Map<string, readonly object[]>();
  for (const [parent, keys] of changed) {
    const known = base.lists.get(parent)?.rows ?? NONE;
    const list = listOf(base, lists.get(parent) ?? base.lists.get(parent) ?? EMPTY, keys, rows);
    const earlier = before?.get(parent);
    if (isSameList(known, list)) continue;
    built.set(parent, earlier !== undefined && isSameList(earlier, list) ? earlier : list);
  }
  return built;
}

/** The lists that may contain a row and were not made by hand. */
function parentsOf({ base, homes, rules }: NodeDraft, key: string): Iterable<string> {
  const home = rules.node.many ? homes.get(key) : undefined;
  return home === undefined ? (base.rows.get(key)?.parents ?? NONE) : [home];
}

/** A list with the new objects of its changed rows. */
function listOf(
  base: ViewNode,
  { keys, rows }: Pick<ListDraft, 'keys' | 'rows'> | ViewList,
  changed: readonly string[],
  built: BuiltNode['rows'],
): readonly object[] {
  if (keys.length === 0) return NONE;
  const objectOf = (key: string): object | undefined => built.get(key)?.object ?? base.rows.get(key)?.object;
  const list = [...rows];
  if (changed.length > MANY_ROWS) {
    const wanted = new Set(changed);
    for (const [at, key] of keys.entries()) if (wanted.has(key)) list[at] = objectOf(key);
  } else {
    for (const key of changed) {
      const at = keys.indexOf(key);
      if (at >= 0) list[at] = objectOf(key);
    }
  }
  // Every row that was placed has an object now.
  return list as object[];
}

function isSameList(left: readonly object[], right: readonly object[]): boolean {
  return left.length === right.length && left.every((item, at) => item === right[at]);
}
