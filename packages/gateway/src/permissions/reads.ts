import { presentAlternatives, recordTablesOf } from '../schema/kinds.ts';
import { GUARDS, PARTIAL_FUNCTIONS, TOTAL_FUNCTIONS } from './builtins.ts';
import { type Expression, NotCompilable, partsOf } from './expression.ts';
import { INFIX } from './operators.ts';
import type { PermissionContext } from './permission-context.ts';

/** A record that a condition reads: `member` of the record of `table` that the row's `field` holds. */
export interface Follow {
  readonly field: string;
  readonly table: string;
  readonly member: string;
}

/** What a condition reads besides the fields of its own row. */
export interface Reads {
  /** `id`: only the reader's record id. `row`: also a field of that record. */
  readonly reader: 'nothing' | 'id' | 'row';
  /** The fields of the reader's record that it reads. */
  readonly readerMembers: readonly string[];
  readonly follows: readonly Follow[];
  /** Conditions that keep the expression from failing for a row. */
  readonly guards: readonly Expression[];
}

/**
 * Finds what a resolved condition reads and checks that it cannot fail. If a permission fails for one row, the engine
 * fails the whole query.
 *
 * @throws NotCompilable if the condition may fail, or reads more than one record away
 */
export function readsOf(condition: Expression, context: PermissionContext): Reads {
  const { schema, table, readerTable } = context;
  let reader: Reads['reader'] = 'nothing';
  const readerMembers = new Set<string>();
  const follows = new Map<string, Follow>();
  const guards = new Map<string, Expression>();

  function visit(expression: Expression): void {
    if (expression.kind === 'path') visitPath(expression.segments);
    if (expression.kind === 'parameter') visitReader(expression.segments);
    if (expression.kind === 'call') visitCall(expression);
    const isTotal = expression.kind !== 'infix' || INFIX.get(expression.operator)?.isTotal === true;
    if (!isTotal || (expression.kind === 'prefix' && expression.operator !== '!')) {
      throw new NotCompilable(`"${expression.operator}" fails for some values`);
    }
    for (const part of partsOf(expression)) visit(part);
  }

  function visitPath(segments: readonly string[]): void {
    const [first, second] = segments;
    if (first === undefined) throw new NotCompilable('$this is used as a value');
    refuseComputed(table.name, first);
    if (second === undefined) return;
    if (first === 'id') throw new NotCompilable('a path goes through id');
    const present = presentAlternatives(table.fields.get(first)?.kind);
    // An object may contain records, and fields read through them would not be tracked.
    if (present.length === 1 && present[0] === 'object' && segments.length === 2) return;
    for (const alternative of present) {
      const targets = recordTablesOf(alternative);
      if (targets === undefined) throw new NotCompilable(`${first} may hold a record of any table`);
      if (segments.length > 2) throw new NotCompilable(`${segments.join('.')} may follow two records`);
      for (const target of targets) {
        refuseComputed(target, second);
        follows.set(JSON.stringify([first, target, second]), { field: first, table: target, member: second });
      }
    }
  }

  function visitReader(segments: readonly string[]): void {
    const [first] = segments;
    if (segments.length > 1) throw new NotCompilable(`$auth.${segments.join('.')} may follow two records`);
    if (first === undefined) {
      if (reader === 'nothing') reader = 'id';
      return;
    }
    refuseComputed(readerTable, first);
    reader = 'row';
    readerMembers.add(first);
  }

  function visitCall({ name, arguments: values }: Expression & { readonly kind: 'call' }): void {
    const kinds = PARTIAL_FUNCTIONS.get(name);
    if (values.length !== (kinds?.length ?? TOTAL_FUNCTIONS.get(name)))
      throw new NotCompilable(`${name}() is not supported with these arguments`);
    for (const [index, value] of values.entries()) {
      const kind = kinds?.[index];
      if (kind === undefined || (kind === 'string' && isText(value))) continue;
      if (!hasKind(value, kind)) throw new NotCompilable(`${name}() fails for values that are not of the kind ${kind}`);
      guards.set(`${kind} ${JSON.stringify(value)}`, { kind: 'call', name: GUARDS[kind], arguments: [value] });
    }
  }

  function hasKind(value: Expression, kind: 'string' | 'array'): boolean {
    if (value.kind !== 'path' || value.segments.length !== 1) return false;
    const has = table.fields.get(value.segments[0] ?? '')?.kind ?? 'any';
    return has === kind || (kind === 'array' && /^array<[^|]*>$/.test(has));
  }

  function refuseComputed(name: string, field: string): void {
    const target = schema.tables.get(name);
    if (target === undefined) throw new NotCompilable(`the table ${name} does not exist`);
    if (target.fields.get(field)?.isComputed === true) throw new NotCompilable(`${name}.${field} is computed`);
  }

  visit(condition);
  return { reader, readerMembers: [...readerMembers], follows: [...follows.values()], guards: [...guards.values()] };
}

function isText(value: Expression): boolean {
  return value.kind === 'literal' && /^s?['"]/.test(value.text);
}
