/*
 * How the number of rows is sent: as a list with one row, whose key is that of the parent and whose only field is
 * `count`. A number of 0 is an empty list. The rows themselves are never sent.
 */
import type { WireSplice } from '../../wire/frames.ts';
import type { Row } from '../row.ts';

/** The row that holds a number. Its hash need not be secret, because the number is all that it says. */
export function countRow(count: number): Row {
  return { json: `{"count":${count}}`, hash: `${count}` };
}

export interface CountDifference {
  readonly row: Row | undefined;
  readonly splices: readonly WireSplice[];
}

/** What is sent of a number that was `before` and is `after`. */
export function countDifference(parent: string, before = 0, after = 0): CountDifference {
  const splices: WireSplice[] = [];
  if (before === 0 && after > 0) splices.push([0, 0, [parent]]);
  if (before > 0 && after === 0) splices.push([0, 1, []]);
  return { row: after > 0 && after !== before ? countRow(after) : undefined, splices };
}
