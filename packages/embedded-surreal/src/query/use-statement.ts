/**
 * USE inside a query. The engine creates what a USE selects and does not exist, for every user; and it takes any expression
 * as a name, of which `USE NS $x` ends the process. So USE takes plain names here, and only what exists or what the user
 * may define.
 *
 * The engine takes USE only as a whole statement, never inside a block. The engine is asked which of the words
 * `use` in a text are such a statement, as for KILL.
 */
import type { Call, Handler } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { invalidStatement, type RpcError } from '../protocol/rpc-error.ts';
import { defaultSelection, requireSelectable } from '../session/selection.ts';
import { NOTHING_SELECTED, type Selection } from '../session/session.ts';
import { askSession } from '../session/session-facts.ts';
import { isReadable, type Word } from './engine-reading.ts';

/** More in one query are refused: to find each costs some readings of the whole text. */
const MAX_STATEMENTS = 32;

/** Runs a query whose text has the word `use` somewhere, with `run`. */
export async function checkUse(call: Call, text: string, run: Handler): Promise<Reply> {
  const suspects = findWords(text);
  if ((await isReadable(call, text, suspects)) || !(await isReadable(call, text, []))) return run(call);
  const statements = await findStatements(call, text, suspects);
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

/** Those of the words, of which one at least is such a statement, that are; halved again and again, and only so far. */
async function findStatements(call: Call, text: string, words: readonly Word[]): Promise<Word[]> {
  if (words.length === 1) return [...words];
  const middle = Math.ceil(words.length / 2);
  const found: Word[] = [];
  for (const half of [words.slice(0, middle), words.slice(middle)]) {
    if (found.length > MAX_STATEMENTS) break;
    if (!(await isReadable(call, text, half))) found.push(...(await findStatements(call, text, half)));
  }
  return found;
}

const NOT_PLAIN: RpcError = invalidStatement(
  'USE takes plain names, such as USE NS name DB name, and no expressions or comments',
);

const findWords = (text: string): Word[] =>
  Array.from(text.matchAll(/\buse\b/gi), ({ index }) => ({ at: index, length: 'use'.length }));

const NAME = String.raw`(?:[A-Za-z_]\w*|\`[^\`\\]*\`|⟨[^⟩\\]*⟩|"[^"\\]*"|'[^'\\]*')`;
const SPACE = String.raw`[ \t\r\n]`;
const STATEMENT = new RegExp(
  `use${SPACE}+(?:default|(?:(?:ns|namespace)${SPACE}+(?<namespace>${NAME}))?(?:(?:^|${SPACE}*)(?:db|database)${SPACE}+(?<database>${NAME}))?)${SPACE}*(?:;|$)`,
  'iy',
);

/** What is selected after the statement; undefined when it names anything but plain names. */
async function readUse(call: Call, text: string, at: number, current: Selection): Promise<Selection | undefined> {
  STATEMENT.lastIndex = at;
  const match = STATEMENT.exec(text);
  if (match === null) return undefined;
  const { namespace, database } = match.groups ?? {};
  if (namespace === undefined && database === undefined) return defaultSelection(call.connection.engine);
  return {
    namespace: namespace === undefined ? current.namespace : plain(namespace),
    // The engine keeps the database that was selected, also in another namespace, where it need not exist.
    database: database === undefined ? undefined : plain(database),
  };
}

const plain = (name: string): string => (/^\w/.test(name) ? name : name.slice(1, -1));
