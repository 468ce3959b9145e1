import { isStatementError, LinkError } from '@spookify/surreal-link';
import { SurrealError } from 'surrealdb';

/**
 * Whether an error is about what was sent or what was to be answered, and not about the database: the engine refused the
 * text, or a row holds what has no form in an answer (a regular expression), or the driver refused a value.
 */
export function isRefusedText(error: unknown): boolean {
  return isStatementError(error) || !(error instanceof LinkError || error instanceof SurrealError);
}
