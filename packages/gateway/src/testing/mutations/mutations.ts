/* Faults of the code that maintains views, each as a text of a source file and what replaces it. */

export interface Mutation {
  /** Relative to packages/gateway/src. */
  readonly file: string;
  /** What goes wrong. */
  readonly fault: string;
  /** Occurs once in the file. */
  readonly search: string;
  readonly replacement: string;
}

const LISTS = 'views/maintain/list-maintenance.ts';
const MAINTAIN = 'views/maintain/maintain.ts';
const DRAFT = 'views/maintain/draft.ts';
const PATCH = 'views/maintain/patch.ts';
const OVERLAY = 'views/maintain/overlay.ts';
const RECORDS = 'views/maintain/followed-records.ts';
const EVALUATE = 'permissions/evaluate.ts';
const COMPARE = 'values/compare.ts';

type Fault = readonly [file: string, fault: string, search: string, replacement: string];

const FAULTS: readonly Fault[] = [
  [LISTS, 'rows beyond the reserve are held', 'if (place === keys.length && !isComplete) return;', ''],
  [LISTS, 'a descending order ascends', 'descending ? -order : order', 'order'],
  [
    LISTS,
    'a row that moves in its list stays',
    'known !== undefined && this.#compare(known, sort) === 0',
    'known !== undefined',
  ],
  [LISTS, 'the reserve grows', 'keys.slice(count, fetched)', 'keys.slice(count)'],
  [LISTS, 'a cut reserve counts as complete', 'isComplete: isComplete && keys.length <= fetched', 'isComplete'],
  [
    LISTS,
    'an exhausted reserve is no reason to read again',
    "if (shown.length < count && !reserve.isComplete) throw new MustRerun('window');",
    '',
  ],
  [
    LISTS,
    'a row that leaves the window is not reserved',
    'if (isReserved.has(key)) reserved.set(key, { parent, sort: held.sort, row });',
    '',
  ],
  [LISTS, 'rows behind the reserve stay', 'else if (!isReserved.has(key)) at.reserved.set(key, undefined);', ''],
  [LISTS, 'a row that is shown stays reserved', '    reserved.set(key, undefined);\n', ''],
  [
    LISTS,
    'lists with an offset are maintained',
    "if (this.#at.node.plan.offset > 0) throw new MustRerun('offset');",
    '',
  ],
  [
    LISTS,
    'a changed reserved row is forgotten',
    'this.#reserved.get(parent)?.has(key) ?? true',
    'this.#reserved.get(parent)?.has(key) ?? false',
  ],
  [LISTS, 'a changed row that leaves the window stays shown', '    this.#drop(key);\n    const row', '    const row'],
  [LISTS, 'a removed row stays', '    this.#taken.add(key);\n', ''],
  [
    MAINTAIN,
    'an undecided condition counts as true',
    'if (isVisible === false || (isVisible && isMatch)) return isVisible;',
    'if (isVisible !== undefined) return isVisible;',
  ],
  [
    MAINTAIN,
    'conditions are ignored',
    'const isMatch = matches(node.plan.where, row);',
    'const isMatch = node.index >= 0 || matches(node.plan.where, row);',
  ],
  [
    MAINTAIN,
    'permissions are ignored',
    "if (permission.kind === 'where') return permission.isVisible(row, recordOf);",
    "if (permission.kind === 'where') return permission.isVisible(row, recordOf) ?? true;",
  ],
  [
    MAINTAIN,
    'a target that an answer showed is missing in other lists',
    'isShown && at.rows.before(change.key) !== undefined;',
    'isShown;',
  ],
  [MAINTAIN, 'a hidden target stays in lists', 'if (isMember !== wasShown) for', 'if (isMember) for'],
  [MAINTAIN, 'a hidden target stays', 'else if (isShown) this.draft.dropRow(at, change.key);', ''],
  [MAINTAIN, 'a new target is not read', 'const isKnown = at.isLinked(key);', 'const isKnown = true;'],
  [MAINTAIN, 'the former target stays linked', '    this.draft.unlink(at, parent);\n', ''],
  [
    MAINTAIN,
    'a followed record changes nothing',
    "if (!this.#options.isSame(change, member)) throw new MustRerun('permission');",
    '',
  ],
  [
    MAINTAIN,
    'a changed link is ignored',
    'for (const child of at.children) if (!child.node.many) this.#link(child, change);',
    '',
  ],
  [
    MAINTAIN,
    'a new row has no related rows',
    'if (!at.children.some(({ node }) => node.many)) this',
    'if (at.children.length >= 0) this',
  ],
  [
    MAINTAIN,
    'a required record is not compared',
    'return wanted === undefined || String(wanted.value) === key;',
    'return wanted !== undefined && String(wanted.value) === key;',
  ],
  [
    MAINTAIN,
    'views with other columns share rows',
    "const columns = at.node.columns === 'all' ? undefined : JSON.stringify(at.node.columns);",
    "const columns = at.node.columns && 'all';",
  ],
  [
    DRAFT,
    'a shared target goes with its first link',
    'if (target !== undefined && !at.isLinked(target))',
    'if (target !== undefined)',
  ],
  [
    DRAFT,
    'a target without links stays',
    '!at.isLinked(target)) this.dropRow(at, target);',
    '!target) this.dropRow(at, target);',
  ],
  [DRAFT, 'a link that is gone still counts', 'if (before !== undefined) this.#countLink(before, -1);', ''],
  [
    DRAFT,
    'reserved rows of a removed parent stay',
    'for (const below of child.reserve(key).keys) child.reserved.set(below, undefined);',
    '',
  ],
  [
    DRAFT,
    'the number of rows is not counted',
    "if (this.node.shows !== 'rows') this.setCount(parent, keys.length);",
    '',
  ],
  [DRAFT, 'the number of a removed parent stays', 'child.setList(key, NO_KEYS);', 'child.lists.set(key, undefined);'],
  [DRAFT, 'the reserve of a removed parent stays', '      child.reserves.set(key, undefined);\n', ''],
  [
    DRAFT,
    'new links are not found',
    'for (const [parent, linked] of this.links.changes) if (linked === target) parents.add(parent);',
    '',
  ],
  [DRAFT, 'a row may be in two lists', "if (other !== parent) throw new MustRerun('moved');", ''],
  [
    DRAFT,
    'an empty reserve counts as complete',
    'reserve.isComplete && reserve.keys.length === 0',
    'reserve.keys.length === 0',
  ],
  [LISTS, 'a row that moves in its list keeps its place in the frame', '      list.moved.add(key);\n', ''],
  [
    LISTS,
    'a row that leaves the window stays in the frame',
    '      moved.add(key);\n      if (!isChanged(key)) this',
    '      if (!isChanged(key)) this',
  ],
  [
    DRAFT,
    'moved keys are kept after a second change',
    'moved === undefined || this.lists.changes.has(parent)',
    'moved === undefined',
  ],
  [PATCH, 'changed rows are not sent', 'held.row.hash !== before?.row.hash', 'before === undefined'],
  [PATCH, 'new links are not indexed', 'isOtherRows ||= draft.links.changes.size > 0;', ''],
  [PATCH, 'new rows are not indexed', '      isOtherRows ||= (held === undefined) !== (before === undefined);\n', ''],
  [PATCH, 'a record without links stays indexed', 'if (parents?.size === 0) linkedBy.delete(before);', ''],
  [
    PATCH,
    'the bytes only grow',
    'bytes += sizeOf(key, held?.row) - sizeOf(key, before?.row);',
    'bytes += sizeOf(key, held?.row);',
  ],
  [
    OVERLAY,
    'deletions are ignored',
    'this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key)',
    'this.#changes.get(key) ?? this.#base.get(key)',
  ],
  [RECORDS, 'what a round reads of a record is ignored', 'if (staged.has(key)) return staged.get(key);', ''],
  [
    RECORDS,
    'every known record counts as unchanged',
    'return text !== undefined && text === textOf(memberOf(row, member));',
    'return true;',
  ],
  [
    RECORDS,
    'records are kept without a new member',
    '    // What is known was kept without this member.\n    this.clear();\n',
    '',
  ],
  [EVALUATE, 'AND and OR are exchanged', "=== 'AND' ? everyOf : someOf", "=== 'AND' ? someOf : everyOf"],
  [EVALUATE, '?? takes NULL', 'left !== undefined && left !== null', 'left !== undefined'],
  [EVALUATE, 'paths into objects are NONE', 'return memberOf(value, name);', 'return undefined;'],
  [EVALUATE, '<= excludes equal values', '(order) => order <= 0', '(order) => order < 0'],
  [
    EVALUATE,
    'NONEINSIDE needs only one that is not',
    "['NONEINSIDE', (left, right) => not(containsAny(right, left))]",
    "['NONEINSIDE', (left, right) => not(containsAll(right, left))]",
  ],
  [
    COMPARE,
    'NONE equals NULL',
    '  if (kind !== other) return false;',
    '  if (kind !== other) return (left ?? null) === (right ?? null);',
  ],
  [COMPARE, 'the kinds are ordered backwards', 'rankOf(kind) - rankOf(other)', 'rankOf(other) - rankOf(kind)'],
  [COMPARE, 'the length of lists does not matter', 'return left.length - right.length;', 'return 0;'],
  [COMPARE, 'an empty text is true', "return value !== '';", 'return true;'],
  [
    'values/text-order.ts',
    'texts are ordered by UTF-16',
    'unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit',
    'unit',
  ],
  [
    'plans/may-match.ts',
    'gte excludes equal values',
    "if (operator === 'gte') return order >= 0;",
    "if (operator === 'gte') return order > 0;",
  ],
];

export const MUTATIONS: readonly Mutation[] = FAULTS.map(([file, fault, search, replacement]) => ({
  ...{ file, fault, search, replacement },
}));
