import type { Summary } from '../../output/reporter.ts';
import type { Project } from '../../project.ts';
import { displayPath } from '../display-path.ts';
import { type Stack, urlsOf } from './stack.ts';

/** The summary that is printed when every process is ready. */
export function summaryOf(stack: Stack): Omit<Summary, 'elapsedMs'> {
  return { urls: urlsOf(stack), data: dataPlace(stack.project), writer: writerOf(stack.project.env) };
}

function dataPlace({ config: { surrealdb } }: Project): string {
  if (surrealdb.hosting === 'external') return `${surrealdb.namespace}/${surrealdb.database}, on the external server`;
  return surrealdb.path === 'memory' ? 'in memory, lost when spooky dev stops' : displayPath(surrealdb.path);
}

function writerOf({ OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL }: Record<string, string>): string {
  if (!OPENAI_API_KEY && !OPENAI_BASE_URL) return 'offline (set OPENAI_API_KEY in .env for a real model)';
  return `${OPENAI_MODEL || 'the default model'}${OPENAI_BASE_URL ? ` at ${OPENAI_BASE_URL}` : ''}`;
}
