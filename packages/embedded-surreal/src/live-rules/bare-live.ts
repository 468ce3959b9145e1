/**
 * The one form of LIVE that a record user may send: `LIVE SELECT * FROM table` or `LIVE SELECT DIFF FROM table`.
 *
 * A WHERE, a FETCH or a projection is evaluated by the engine at every write of any user: one that throws makes every
 * write to the table fail, and one that writes copies rows out. A parameter is allowed where the request itself binds it
 * to a table, as the SDK does; the caller replaces it by the table's name.
 */

import { GAP, LINE_COMMENT } from '../query/statement-gap.ts';

const NAME = String.raw`(?<bare>[A-Za-z_]\w*)|${'`'}(?<ticked>[^${'`'}\\]+)${'`'}|⟨(?<angled>[^⟩\\]+)⟩|\$(?<parameter>\w+)`;
const BARE_LIVE = new RegExp(
  `${GAP}+select(?:${GAP}*\\*${GAP}*|${GAP}+diff${GAP}+)from${GAP}+(?:${NAME})${GAP}*(?:${LINE_COMMENT})?(?=;|$)`,
  'iy',
);

/** The beginning of every LIVE statement, whatever follows; it may also stand in a string. */
export const LIVE_SELECT = new RegExp(`\\blive(?=${GAP}+select\\b)`, 'gi');

export interface BareLive {
  /** The table's name, or the parameter that stands for it. */
  readonly source:
    | { readonly type: 'table'; readonly name: string }
    | { readonly type: 'parameter'; readonly name: string };
  /** Where the parameter stands, with its dollar. */
  readonly start: number;
  readonly end: number;
}

/** Reads what follows the word LIVE, which ends at `at`; undefined for any other form. */
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
