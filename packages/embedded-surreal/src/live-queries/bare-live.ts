/**
 * The only forms of LIVE that a record user may send: `LIVE SELECT * FROM table` and `LIVE SELECT DIFF FROM table`.
 *
 * The engine evaluates a WHERE, a FETCH or a projection at every write by any user. One that throws makes every write
 * to the table fail, and one that writes can copy rows out. A parameter is allowed if the request itself binds it to a
 * table, as the SDK does. The caller replaces it with the table's name.
 */

import { GAP, LINE_COMMENT } from '../query/statement-gap.ts';

const NAME = String.raw`(?<bare>[A-Za-z_]\w*)|${'`'}(?<ticked>[^${'`'}\\]+)${'`'}|⟨(?<angled>[^⟩\\]+)⟩|\$(?<parameter>\w+)`;
const BARE_LIVE = new RegExp(
  `${GAP}+select(?:${GAP}*\\*${GAP}*|${GAP}+diff${GAP}+)from${GAP}+(?:${NAME})${GAP}*(?:${LINE_COMMENT})?(?=;|$)`,
  'iy',
);

/** The beginning of every LIVE statement, in any form. It can also match inside a string. */
export const LIVE_SELECT = new RegExp(`\\blive(?=${GAP}+select\\b)`, 'gi');

export interface BareLive {
  /** The table's name, or the parameter that holds it. */
  readonly source:
    | { readonly type: 'table'; readonly name: string }
    | { readonly type: 'parameter'; readonly name: string };
  /** The position of the parameter, including its dollar sign. */
  readonly start: number;
  readonly end: number;
}

/** Parses the text after the word LIVE, which ends at `at`. Undefined for any other form. */
export function readBareLive(text: string, at: number): BareLive | undefined {
  BARE_LIVE.lastIndex = at;
  const match = BARE_LIVE.exec(text);
  if (match === null) return undefined;
  const { bare, ticked, angled, parameter } = match.groups ?? {};
  const name = bare ?? ticked ?? angled;
  if (name !== undefined) return { source: { type: 'table', name }, start: at, end: at };
  if (parameter === undefined) return undefined;
  const start = match.index + match[0].lastIndexOf(`$${parameter}`);
  return { source: { type: 'parameter', name: parameter }, start, end: start + parameter.length + 1 };
}
