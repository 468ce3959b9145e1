import type { Permission } from '../schema/database-schema.ts';
import { type Expression, NotCompilable } from './expression.ts';
import { foldCondition, isReader, truthOf } from './fold.ts';
import { parseExpression } from './parse.ts';
import { printExpression } from './print.ts';
import { type Reads, readsOf } from './reads.ts';
import { resolveExpression } from './resolve.ts';
import type { Surroundings } from './surroundings.ts';

/** Which rows of a table a reader sees. */
export type CompiledPermission =
  | { readonly kind: 'all' | 'none' }
  /** A condition in SurrealQL, to be evaluated on the row by a user without permissions. */
  | {
      readonly kind: 'where';
      readonly reader: Reads['reader'];
      readonly follows: Reads['follows'];
      /** Fields that equal the reader in every row that is seen. */
      readonly readerFields: readonly string[];
      /** @param reader the parameter that holds the reader's record id, with its `$` */
      print(reader: string): string;
    }
  /** Only the engine can decide, in the reader's own session. */
  | { readonly kind: 'engine'; readonly reason: string };

/** Compiles a table's select permission for every reader of one table. */
export function compilePermission(permission: Permission, surroundings: Surroundings): CompiledPermission {
  if (typeof permission === 'boolean') return { kind: permission ? 'all' : 'none' };
  try {
    const resolved = resolveExpression(parseExpression(permission), surroundings);
    // Looked through before anything is left out: the engine evaluates what a constant makes unnecessary, too.
    readsOf(resolved, surroundings);
    const condition = foldCondition(resolved);
    const truth = truthOf(condition);
    if (truth !== undefined) return { kind: truth ? 'all' : 'none' };
    const { reader, follows, guards } = readsOf(condition, surroundings);
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
