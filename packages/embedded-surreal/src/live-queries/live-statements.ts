/** Finds the LIVE statements of a query and checks whether its sender may run them. */
import { Table } from 'surrealdb';
import type { Call } from '../protocol/call.ts';
import { codec } from '../protocol/codec.ts';
import { toSurrealQl } from '../protocol/surrealql-text.ts';
import { MAX_CHECKED_WORDS, parses } from '../query/parse-check.ts';
import { type BareLive, LIVE_SELECT, readBareLive } from './bare-live.ts';

const LIVE = /\blive\b/gi;

export type FoundStatements =
  | { readonly type: 'allowed'; readonly text: string; readonly tables: readonly string[] }
  | { readonly type: 'refused' };

/**
 * Finds the LIVE statements of a record user's query. LIVE can only start a top-level statement, never one in a block,
 * a function or an expression. The word `live` can also be part of a string, a comment or a name, so the engine is
 * asked whether it starts a statement.
 */
export async function findLiveStatements(call: Call, text: string): Promise<FoundStatements> {
  const words = Array.from(text.matchAll(LIVE), ({ index }) => ({ at: index, length: 'live'.length }));
  const none: FoundStatements = { type: 'allowed', text, tables: [] };
  if (words.length === 0 || (await parses(call, text, words))) return none;
  // The engine will refuse the whole text.
  if (!(await parses(call, text, []))) return none;
  if (words.length > MAX_CHECKED_WORDS) return { type: 'refused' };
  const tables: string[] = [];
  let rewritten = '';
  let copied = 0;
  for (const word of words) {
    if (await parses(call, text, [word])) continue;
    const live = readBareLive(text, word.at + word.length);
    const table = live && tableOf(call, live);
    if (live === undefined || table === undefined) return { type: 'refused' };
    tables.push(table);
    rewritten += text.slice(copied, live.start);
    if (live.source.type === 'parameter') rewritten += toSurrealQl(new Table(table));
    copied = live.end;
  }
  return { type: 'allowed', text: rewritten + text.slice(copied), tables };
}

/** The table of each LIVE statement of the bare form; undefined for a statement of another form. */
export function namedTables(call: Call, text: string): (string | undefined)[] {
  return Array.from(text.matchAll(LIVE_SELECT), ({ index }) => {
    const live = readBareLive(text, index + 'live'.length);
    return live && tableOf(call, live);
  });
}

/** For a parameter, the table that the request itself binds to it. */
function tableOf({ request }: Call, { source }: BareLive): string | undefined {
  if (source.type === 'table') return source.name;
  const [, variables] = codec.decode(request.params) as [string, Record<string, unknown>?];
  const isMap = variables !== null && typeof variables === 'object';
  const value = isMap && Object.hasOwn(variables, source.name) ? variables[source.name] : undefined;
  return value instanceof Table ? value.name : undefined;
}
