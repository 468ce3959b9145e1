import { type Bound, BoundExcluded, BoundIncluded, type Range, type RecordIdRange } from 'surrealdb';
import { textOfKey, textOfPart, textOfTable } from './record-id-text.ts';

/** A range as SurrealQL, such as `1..5` or `1>..=5`. @throws TypeError for a bound without a text form */
export function textOfRange({ begin, end }: Range<unknown, unknown>): string {
  return between(begin, end, textOfPart);
}

/** A range of record ids as SurrealQL, such as `thread:1..5`. @throws TypeError for a bound without a text form */
export function textOfRecordIdRange({ table, begin, end }: RecordIdRange): string {
  return `${textOfTable(table.name)}:${between(begin, end, textOfKey)}`;
}

function between<Value>(begin: Bound<Value>, end: Bound<Value>, textOf: (value: unknown) => string): string {
  const first = begin === undefined ? '' : textOf(begin.value);
  const last = end === undefined ? '' : textOf(end.value);
  return `${first}${begin instanceof BoundExcluded ? '>' : ''}..${end instanceof BoundIncluded ? '=' : ''}${last}`;
}
