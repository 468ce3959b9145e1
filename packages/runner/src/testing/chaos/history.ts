import type { RecordId } from 'surrealdb';
import { PARTITION_TABLE, RUNNER_TABLE } from '../../ownership/install.ts';
import type { Change, PartitionVersion, Row, RunnerVersion, Version } from './evidence.ts';

/**
 * Makes the database record every write about a job, a partition or a runner, in the same transaction. So no write is
 * missed, as a poller would miss some. The key keeps the versions of one row together. `$token.ID` is the user that
 * writes, taken from the session and not from what the writer claims; a person has none.
 */
export const RECORD_HISTORY = `
  DEFINE TABLE history SCHEMALESS PERMISSIONS FULL;
  DEFINE EVENT history ON job THEN {
    LET $row = IF $event = 'DELETE' { $before } ELSE { $after };
    CREATE type::record('history', [<string> $row.id, time::now(), rand::ulid()]) SET
      event = $event, by = $token.ID, partition = $row.partition, status = $row.status, retries = $row.retries,
      rescues = $row.rescues, reruns = $row.reruns, codes = $row.errors.code, result = $row.result, request = $row.request,
      runner = $row.runner RETURN NONE;
  };
  DEFINE TABLE ownership_history SCHEMALESS PERMISSIONS FULL;
  DEFINE EVENT history ON ${PARTITION_TABLE} THEN {
    LET $row = IF $event = 'DELETE' { $before } ELSE { $after };
    CREATE type::record('ownership_history', ['${PARTITION_TABLE}', <string> record::id($row.id)[1], time::now(), rand::ulid()])
      SET event = $event, by = $token.ID, owner = $row.owner RETURN NONE;
  };
  DEFINE EVENT history ON ${RUNNER_TABLE} THEN {
    LET $row = IF $event = 'DELETE' { $before } ELSE { $after };
    CREATE type::record('ownership_history', ['${RUNNER_TABLE}', record::id($row.id), time::now(), rand::ulid()])
      SET event = $event, by = $token.ID, alive = $row.alive RETURN NONE;
  }`;

/** Runs statements and returns the last result. */
export type Query = <T>(statements: string, bindings?: Record<string, unknown>) => Promise<T>;

const PAGE = 2_000;

/** Reads every version of every job, in pages. */
export async function readVersions(query: Query): Promise<Map<string, Version[]>> {
  return inOrder((await readAll(query, 'history')).map(versionOf), ({ job }) => job);
}

/** Reads the histories of runners and partitions. */
export async function readOwnership(
  query: Query,
): Promise<{ runners: Map<string, RunnerVersion[]>; partitions: Map<number, PartitionVersion[]> }> {
  const runners: RunnerVersion[] = [];
  const partitions: PartitionVersion[] = [];
  for (const row of await readAll(query, 'ownership_history')) {
    const [table, key, at] = keyOf(row);
    const base = { at: milliseconds(at), event: row.event as Change, ...optional('by', text(row.by)) };
    if (table === RUNNER_TABLE) runners.push({ ...base, runner: String(key), alive: row.alive === true });
    else partitions.push({ ...base, partition: Number(key), ...optional('owner', text(row.owner)) });
  }
  return { runners: inOrder(runners, ({ runner }) => runner), partitions: inOrder(partitions, (row) => row.partition) };
}

interface HistoryRow extends Record<string, unknown> {
  readonly id: RecordId;
}

/** Reads the rows of a table in the order of their keys. */
async function readAll(query: Query, table: string): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (let page: HistoryRow[] = [], after: HistoryRow | undefined; ; after = page.at(-1)) {
    const key = after === undefined ? [] : keyOf(after);
    const parts = Object.fromEntries(key.map((part, n) => [`k${n}`, part]));
    const from = after === undefined ? table : `${table}:[${Object.keys(parts).map((name) => `$${name}`)}]>..`;
    page = await query<HistoryRow[]>(`SELECT * FROM ${from} LIMIT ${PAGE}`, parts);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

function keyOf({ id }: HistoryRow): unknown[] {
  return Array.isArray(id.id) ? id.id : [];
}

function versionOf(row: HistoryRow): Version {
  const [job, at] = keyOf(row);
  return {
    job: String(job),
    at: milliseconds(at),
    event: row.event as Change,
    ...optional('by', text(row.by)),
    partition: Number(row.partition),
    status: String(row.status),
    retries: Number(row.retries),
    rescues: Number(row.rescues),
    reruns: Number(row.reruns),
    codes: Array.isArray(row.codes) ? row.codes.map(String) : [],
    ...optional('result', row.result === undefined ? undefined : JSON.stringify(row.result)),
    ...optional('request', text(row.request)),
    ...optional('runner', text(row.runner)),
  };
}

export async function readRows(query: Query): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await query<Record<string, unknown>[]>(
      `SELECT id, status, max_retries, retries, rescues, reruns, request, runner FROM job
       LIMIT ${PAGE} START ${rows.length}`,
    );
    rows.push(...page.map(rowOf));
    if (page.length < PAGE) return rows;
  }
}

function rowOf(row: Record<string, unknown>): Row {
  return {
    job: String(row.id),
    status: String(row.status),
    maxRetries: Number(row.max_retries),
    retries: Number(row.retries),
    rescues: Number(row.rescues),
    reruns: Number(row.reruns),
    ...optional('request', text(row.request)),
    ...optional('runner', text(row.runner)),
  };
}

/** Groups by row, oldest first. Keys that contain a time are not always in the order of time in the engine (3.0.2). */
function inOrder<Item extends { readonly at: number }, Key>(
  items: readonly Item[],
  key: (item: Item) => Key,
): Map<Key, Item[]> {
  return Map.groupBy(
    items.toSorted((a, b) => a.at - b.at),
    key,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * Converts a time of the database, which has nanoseconds, or a Date if the connection is configured so. Keeps the
 * fractions that `Date` would drop.
 */
function milliseconds(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  const written = String(value);
  const fraction = /\.\d{3}(\d+)Z$/.exec(written)?.[1] ?? '';
  return new Date(written).getTime() + Number(`0.${fraction || 0}`);
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { [Key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: T });
}
