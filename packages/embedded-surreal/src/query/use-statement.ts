/**
 * USE in a query. The engine creates a selected namespace or database that does not exist, for every user. It also
 * accepts any expression as a name, and `USE NS $x` ends the process. So this server only accepts USE with plain names,
 * and only if the selection exists or the user may define it.
 *
 * The engine accepts USE only as a top-level statement, never in a block. As for KILL, the engine is asked which
 * occurrences of the word `use` are such a statement.
 */
import type { Call, Handler } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { invalidStatement, type RpcError } from '../protocol/rpc-error.ts';
import { defaultSelection, requireSelectable } from '../session/selection.ts';
import { NOTHING_SELECTED, type Selection } from '../session/session.ts';
import { askSession } from '../session/session-facts.ts';
import { parses, type Word } from './parse-check.ts';

/** The limit of USE statements in one query: each costs several parses of the whole text. */
const MAX_STATEMENTS = 32;

/** Runs a query whose text contains the word `use`, by calling `run`. */
export async function checkUse(call: Call, text: string, run: Handler): Promise<Reply> {
  const candidates = findWords(text);
  if ((await parses(call, text, candidates)) || !(await parses(call, text, []))) return run(call);
  const statements = await findStatements(call, text, candidates);
  if (statements.length > MAX_STATEMENTS) return fail(invalidStatement('Too many USE statements in one query'));
  const { connection, session } = call;
  let selected: Selection = (await askSession(connection.engine, session.engineId)) ?? NOTHING_SELECTED;
  for (const { at } of statements) {
    const named = await readUse(call, text, at, selected);
    if (named === undefined) return fail(NOT_PLAIN);
    const refusal = await requireSelectable(call, named, selected);
    if (refusal !== undefined) return fail(refusal);
    selected = named;
  }
  return run(call);
}

/**
 * Finds the words that are USE statements, by bisection; at least one of the words must be one. Stops when there are
 * too many.
 */
async function findStatements(call: Call, text: string, words: readonly Word[]): Promise<Word[]> {
  if (words.length === 1) return [...words];
  const middle = Math.ceil(words.length / 2);
  const found: Word[] = [];
  for (const half of [words.slice(0, middle), words.slice(middle)]) {
    if (found.length > MAX_STATEMENTS) break;
    if (!(await parses(call, text, half))) found.push(...(await findStatements(call, text, half)));
  }
  return found;
}

const NOT_PLAIN: RpcError = invalidStatement(
  'USE accepts plain names, such as USE NS name DB name, but no expressions or comments',
);

const findWords = (text: string): Word[] =>
  Array.from(text.matchAll(/\buse\b/gi), ({ index }) => ({ at: index, length: 'use'.length }));

const NAME = String.raw`(?:[A-Za-z_]\w*|\`[^\`\\]*\`|⟨[^⟩\\]*⟩|"[^"\\]*"|'[^'\\]*')`;
const SPACE = String.raw`[ \t\r\n]`;
const STATEMENT = new RegExp(
  `use${SPACE}+(?:default|(?:(?:ns|namespace)${SPACE}+(?<namespace>${NAME}))?(?:(?:^|${SPACE}*)(?:db|database)${SPACE}+(?<database>${NAME}))?)${SPACE}*(?:;|$)`,
  'iy',
);

/** The selection after the statement; undefined if it contains anything but plain names. */
async function readUse(call: Call, text: string, at: number, current: Selection): Promise<Selection | undefined> {
  STATEMENT.lastIndex = at;
  const match = STATEMENT.exec(text);
  if (match === null) return undefined;
  const { namespace, database } = match.groups ?? {};
  if (namespace === undefined && database === undefined) return defaultSelection(call.connection.engine);
  return {
    namespace: namespace === undefined ? current.namespace : plain(namespace),
    // The engine keeps the selected database also in another namespace, where it may not exist.
    database: database === undefined ? undefined : plain(database),
  };
}

const plain = (name: string): string => (/^\w/.test(name) ? name : name.slice(1, -1));
