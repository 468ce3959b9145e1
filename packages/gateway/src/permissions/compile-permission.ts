import type { RecordId } from 'surrealdb';
import type { Permission } from '../schema/database-schema.ts';
import type { Truth } from '../values/truth.ts';
import { compileTest, isDecidable, type RecordFields, type RecordOf } from './evaluate.ts';
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
      readonly readerMembers: Reads['readerMembers'];
      readonly follows: Reads['follows'];
      /** Fields that equal the reader's record in every visible row. */
      readonly readerFields: readonly string[];
      /** @param reader the parameter that holds the reader's record id, including its `$` */
      print(reader: string): string;
      /**
       * Whether the engine finds a row by the printed condition.
       *
       * @param row all fields of the row, as `SELECT *` returns them
       * @param recordOf is asked for the records that `follows` names, and for the reader's if `reader` is `row`
       * @returns undefined if only the engine can decide
       */
      test(row: RecordFields, reader: RecordId, recordOf: RecordOf): Truth;
      /** Whether `test` understands every part of the condition. If not, it decides few rows or none. */
      readonly isDecidable: boolean;
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
    const { reader, readerMembers, follows, guards } = readsOf(condition, context);
    const guarded: Expression = [...guards, condition].reduce((left, right) => ({
      kind: 'infix',
      operator: 'AND',
      left,
      right,
    }));
    const test = compileTest(guarded, follows);
    return {
      kind: 'where',
      reader,
      readerMembers,
      follows,
      readerFields: readerFieldsOf(condition),
      print: (parameter) => printExpression(guarded, () => parameter),
      test: (row, own, recordOf) => test({ row, reader: own, recordOf }),
      isDecidable: isDecidable(guarded),
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
