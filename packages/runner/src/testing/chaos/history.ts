import type { RecordId } from 'surrealdb';
import type { Row, Version } from './evidence.ts';

/**
 * Makes the database write down every write about a job, in the same transaction, so that nothing that happened to a row
 * escapes, as it would escape a watcher that polls or listens. The key puts one job's versions next to each other.
 */
export const RECORD_HISTORY = `
  DEFINE TABLE history SCHEMALESS PERMISSIONS FULL;
  DEFINE EVENT history ON job THEN {
    LET $row = IF $event = 'DELETE' { $before } ELSE { $after };
    CREATE type::record('history', [<string> $row.id, time::now(), rand::ulid()]) SET
      event = $event, status = $row.status, retries = $row.retries, rescues = $row.rescues, reruns = $row.reruns,
      codes = $row.errors.code, result = $row.result, request = $row.request, token = $row.token,
      runner = $row.runner, lease_until = $row.lease_until RETURN NONE;
  }`;

/** Runs statements, gives the last result. */
export type Query = <T>(statements: string, bindings?: Record<string, unknown>) => Promise<T>;

const PAGE = 2_000;

/** Every version of every job, read in pages. */
export async function readVersions(query: Query): Promise<Map<string, Version[]>> {
  const versions = new Map<string, Version[]>();
  for (let page: HistoryRow[] = [], after: RecordId | undefined; ; after = page.at(-1)?.id) {
    const from = after === undefined ? 'history' : 'history:[$job, $at, $nonce]>..';
    const [job, at, nonce] = after === undefined ? [] : (after.id as unknown[]);
    page = await query<HistoryRow[]>(`SELECT * FROM ${from} LIMIT ${PAGE}`, { job, at, nonce });
    for (const row of page) {
      const version = versionOf(row);
      const known = versions.get(version.job);
      if (known === undefined) versions.set(version.job, [version]);
      else known.push(version);
    }
    if (page.length < PAGE) return versions;
  }
}

interface HistoryRow extends Record<string, unknown> {
  readonly id: RecordId;
}

function versionOf(row: HistoryRow): Version {
  const [job, at] = row.id.id as [string, unknown];
  return {
    job,
    at: milliseconds(at) ?? Number.NaN,
    event: row.event as Version['event'],
    status: String(row.status),
    retries: Number(row.retries),
    rescues: Number(row.rescues),
    reruns: Number(row.reruns),
    codes: Array.isArray(row.codes) ? row.codes.map(String) : [],
    ...optional('result', row.result === undefined ? undefined : JSON.stringify(row.result)),
    ...optional('request', text(row.request)),
    ...optional('token', text(row.token)),
    ...optional('runner', text(row.runner)),
    ...optional('leaseUntil', milliseconds(row.lease_until)),
  };
}

export async function readRows(query: Query): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await query<Record<string, unknown>[]>(
      `SELECT id, status, max_retries, retries, rescues, reruns, request, token FROM job
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
    ...optional('token', text(row.token)),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A time of the database has nanoseconds, or is a Date where the connection is set so. */
function milliseconds(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime();
  return value === undefined || value === null ? undefined : new Date(String(value)).getTime();
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { [Key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: T });
}
