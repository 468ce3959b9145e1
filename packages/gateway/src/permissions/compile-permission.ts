import type { Permission } from '../schema/database-schema.ts';
import { type Expression, NotCompilable } from './expression.ts';
import { foldCondition, isReader, truthOf } from './fold.ts';
import { parseExpression } from './parse.ts';
import type { PermissionContext } from './permission-context.ts';
import { printExpression } from './print.ts';
import { type Reads, readsOf } from './reads.ts';
import { resolveExpression } from './resolve.ts';

/** Which rows of a table a reader sees. */
export type CompiledPermission =
  | { readonly kind: 'all' | 'none' }
  /** A SurrealQL condition on the row. It is evaluated by a user to whom permissions do not apply. */
  | {
      readonly kind: 'where';
      readonly reader: Reads['reader'];
      readonly follows: Reads['follows'];
      /** Fields that equal the reader's record in every visible row. */
      readonly readerFields: readonly string[];
      /** @param reader the parameter that holds the reader's record id, including its `$` */
      print(reader: string): string;
    }
  /** The permission cannot be compiled; the engine applies it in the reader's own session. */
  | { readonly kind: 'engine'; readonly reason: string };

/** Compiles a table's select permission for all readers from one table. */
export function compilePermission(permission: Permission, context: PermissionContext): CompiledPermission {
  if (typeof permission === 'boolean') return { kind: permission ? 'all' : 'none' };
  try {
    const resolved = resolveExpression(parseExpression(permission), context);
    // Checked before constants are folded, because the engine also evaluates the parts that a constant makes
    // unnecessary.
    readsOf(resolved, context);
    const condition = foldCondition(resolved);
    const truth = truthOf(condition);
    if (truth !== undefined) return { kind: truth ? 'all' : 'none' };
    const { reader, follows, guards } = readsOf(condition, context);
    const guarded = [...guards, condition].reduce((left, right) => ({ kind: 'infix', operator: 'AND', left, right }));
    return {
      kind: 'where',
      reader,
      follows,
      readerFields: readerFieldsOf(condition),
      print: (parameter) => printExpression(guarded, () => parameter),
    };
  } catch (error) {
    if (error instanceof NotCompilable) return { kind: 'engine', reason: error.message };
    throw error;
  }
}

function readerFieldsOf(condition: Expression): readonly string[] {
  if (condition.kind !== 'infix') return [];
  const { operator, left, right } = condition;
  if (operator === 'AND') return [...readerFieldsOf(left), ...readerFieldsOf(right)];
  if (operator !== '=') return [];
  return [
    [left, right],
    [right, left],
  ].flatMap(([field, other]) => {
    const isMatch = field?.kind === 'path' && field.segments.length === 1 && other !== undefined && isReader(other);
    return isMatch ? [field.segments[0] ?? ''] : [];
  });
}
