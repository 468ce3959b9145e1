import { equals, escapeIdent, type RecordId } from 'surrealdb';
import type { Tables } from './tables.ts';

/**
 * Every statement that has read a field past its permissions at some time, and the plain one, `id`, for comparison. Each
 * gets the row as `$id` and the field's value as `$value`.
 */
export function readPaths(table: string, field: string, tables: Tables): Readonly<Record<string, string>> {
  const fields = tables.get(table) ?? new Map<string, string | undefined>();
  const [f, t] = [escapeIdent(field), escapeIdent(table)];
  const paths: Record<string, string> = {
    id: `SELECT VALUE ${f} FROM ONLY $id`,
    scan: `SELECT VALUE ${f} FROM ${t}`,
    star: `SELECT * FROM ${t}`,
    range: `SELECT VALUE ${f} FROM ${t}:..`,
    equal: `SELECT VALUE ${f} FROM ${t} WHERE ${f} = $value`,
    within: `SELECT VALUE ${f} FROM ${t} WHERE ${f} IN [$value]`,
    above: `SELECT VALUE ${f} FROM ${t} WHERE ${f} >= $value LIMIT 100`,
    ordered: `SELECT VALUE ${f} FROM (SELECT ${f} FROM ${t} ORDER BY ${f} DESC LIMIT 100)`,
    count: `RETURN IF count(SELECT VALUE id FROM ${t} WHERE ${f} = $value) > 0 { $value }`,
    grouped: `SELECT VALUE ${f} FROM (SELECT ${f} FROM ${t} GROUP BY ${f})`,
    path: `RETURN $id.${f}`,
    all: `RETURN $id.*`,
    before: `UPDATE $id SET id = id RETURN BEFORE`,
    upsert: `UPSERT $id SET id = id RETURN BEFORE`,
  };
  for (const index of ['created_at', 'author', 'thread', 'status', 'assigned_to', 'created_by']) {
    if (fields.has(index)) paths[`by ${index}`] = `SELECT * FROM ${t} ORDER BY ${index} LIMIT 100`;
  }
  for (const [source, links] of tables) {
    for (const [link, target] of links) {
      if (target !== table) continue;
      const from = escapeIdent(source);
      paths[`${source}.${link}`] = `SELECT VALUE ${escapeIdent(link)}.${f} FROM ${from}`;
      paths[`${source} FETCH ${link}`] = `SELECT VALUE ${escapeIdent(link)} FROM ${from} FETCH ${escapeIdent(link)}`;
    }
  }
  for (const [link, target] of fields) {
    if (target === undefined || !tables.has(target)) continue;
    paths[`back from ${target} by ${link}`] =
      `SELECT VALUE <~(SELECT * FROM ${t} FIELD ${escapeIdent(link)}) FROM ${escapeIdent(target)}`;
  }
  return paths;
}

/** Whether an answer contains the value: by itself, in a list, or as the field of the row. */
export function reveals(answer: unknown, id: RecordId, field: string, value: unknown): boolean {
  if (value === undefined || answer === undefined || answer === null) return false;
  if (equals(answer, value)) return true;
  if (Array.isArray(answer)) return answer.some((item) => reveals(item, id, field, value));
  if (typeof answer !== 'object' || !('id' in answer) || !equals(answer.id, id)) return false;
  return field in answer && equals((answer as Record<string, unknown>)[field], value);
}
