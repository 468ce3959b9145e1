import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Summary } from '../../output/reporter.ts';
import type { Project } from '../../project.ts';
import { displayPath } from '../display-path.ts';
import { type Stack, urlsOf } from './stack.ts';

/** The summary that is printed when every process is ready. */
export function summaryOf(stack: Stack): Omit<Summary, 'elapsedMs'> {
  return {
    urls: urlsOf(stack),
    data: dataPlace(stack.project),
    writer: writerOf(stack.project.config.root, stack.project.env),
  };
}

function dataPlace({ config: { surrealdb } }: Project): string {
  if (surrealdb.hosting === 'external') return `${surrealdb.namespace}/${surrealdb.database}, on the external server`;
  return surrealdb.path === 'memory' ? 'in memory, lost when spooky dev stops' : displayPath(surrealdb.path);
}

/** Undefined if the project lists no settings of a model in `.env.example`: setting them would have no effect. */
export function writerOf(
  root: string,
  { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL }: Readonly<Record<string, string>>,
): string | undefined {
  if (!namesModel(root)) return undefined;
  if (!OPENAI_API_KEY && !OPENAI_BASE_URL) return 'offline (set OPENAI_API_KEY in .env for a real model)';
  return `${OPENAI_MODEL || 'the default model'}${OPENAI_BASE_URL ? ` at ${OPENAI_BASE_URL}` : ''}`;
}

function namesModel(root: string): boolean {
  try {
    return readFileSync(path.join(root, '.env.example'), 'utf8').includes('OPENAI_API_KEY');
  } catch {
    return false;
  }
}
