import type { Transaction } from '@spookify/surreal-link';
import { isQueryError } from '../../changes/query-error.ts';
import type { Statement } from '../../plans/plan.ts';

export type StatementResult = PromiseSettledResult<unknown>;

/** Writes a statement whose parameters begin with the prefix. */
export type WriteStatement = (prefix: string) => Statement;

const NO_RESULT: StatementResult = { status: 'rejected', reason: new Error('no result came for the statement') };

/**
 * Runs statements in one text. A statement that fails does not end the transaction. A text that the engine cannot parse is
 * sent again, one statement at a time.
 *
 * @returns the results in the order of the statements
 */
export async function runStatements(
  transaction: Transaction,
  statements: readonly WriteStatement[],
): Promise<readonly StatementResult[]> {
  if (statements.length === 0) return [];
  const written = statements.map((write, index) => write(`v${index}_`));
  const text = written.map((statement) => statement.text).join(';\n');
  const bindings = Object.assign({}, ...written.map((statement) => statement.bindings));
  try {
    const results = await transaction.settled(text, bindings);
    return statements.map((_, index) => results[index] ?? NO_RESULT);
  } catch (error) {
    if (!isQueryError(error)) throw error;
    if (statements.length === 1) return [{ status: 'rejected', reason: error }];
    const results: StatementResult[] = [];
    for (const statement of statements) results.push(...(await runStatements(transaction, [statement])));
    return results;
  }
}
