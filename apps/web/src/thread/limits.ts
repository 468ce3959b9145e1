import { lengthOf } from '../form/length.ts';

/** The limits that schema/schema.surql asserts, repeated here so that the form can check them first. */
export const TITLE_LIMIT = 200;
export const TEXT_LIMIT = 10_000;
export const COMMENT_LIMIT = 2000;

export interface Draft {
  title: string;
  content: string;
}

/** Returns what prevents a draft from being published, by field; undefined if nothing does. */
export function draftProblems(draft: Draft): Partial<Draft> | undefined {
  const problems: Partial<Draft> = {};
  const title = lengthProblem(draft.title, TITLE_LIMIT, 'A thread needs a title.');
  const content = lengthProblem(draft.content, TEXT_LIMIT, 'A thread needs a text.');
  if (title !== undefined) problems.title = title;
  if (content !== undefined) problems.content = content;
  return Object.keys(problems).length === 0 ? undefined : problems;
}

export function lengthProblem(text: string, limit: number, missing: string): string | undefined {
  const size = lengthOf(text);
  if (size === 0) return missing;
  return size > limit ? `${size - limit} characters too many: at most ${limit} fit.` : undefined;
}
