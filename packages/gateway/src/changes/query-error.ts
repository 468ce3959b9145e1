import { isStatementError, LinkError } from '@spookify/surreal-link';
import { SurrealError } from 'surrealdb';

/**
 * Whether an error concerns the statement or its result and not the connection to the database: the engine refused the
 * statement, a row holds a value that cannot be sent (such as a regular expression), or the driver refused a value.
 */
export function isQueryError(error: unknown): boolean {
  return isStatementError(error) || !(error instanceof LinkError || error instanceof SurrealError);
}
