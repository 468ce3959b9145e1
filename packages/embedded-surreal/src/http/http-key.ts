/** `/key/:table` and `/key/:table/:id`: a table or a record as a REST resource. */
import { Table } from 'surrealdb';
import { codec } from '../protocol/codec.ts';
import { formatFor, toText, writeReply } from './http-accept.ts';
import type { Exchange, Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call, requireDatabase } from './http-sign-in.ts';

const TABLE = 'type::table($table)';
const RECORD = 'type::record($table, $id)';

const select: Route = async (exchange) => {
  const [table, id] = exchange.path;
  const { searchParams } = exchange.url;
  const fields = searchParams.getAll('fields');
  const what = fields.length === 0 ? '*' : 'type::fields($fields)';
  if (id !== undefined) return run(exchange, `SELECT ${what} FROM ${RECORD}`, { table, id: recordKey(id), fields });
  return run(exchange, `SELECT ${what} FROM ${TABLE} LIMIT $limit START $start`, {
    table: new Table(table ?? ''),
    fields,
    limit: whole(searchParams, 'limit') ?? 100,
    start: whole(searchParams, 'start') ?? 0,
  });
};

/**
 * The body is SurrealQL and may use the URL's query parameters. The result of its last statement is the data to write.
 */
const write =
  (forTable: string, forRecord: string): Route =>
  async (exchange) => {
    const { connection, url } = exchange;
    requireDatabase(exchange);
    const text = toText(await exchange.readBody());
    const parameters = urlParameters(url);
    const reply = await call(connection, 'query', [text, { ...target(exchange), ...parameters }]);
    if (!reply.ok) throw HttpProblem.fromReply(reply);
    const last = (codec.decode(reply.result) as { status: string; result: unknown }[]).at(-1);
    if (last !== undefined && last.status !== 'OK') throw HttpProblem.badRequest(String(last.result));
    const statement = exchange.path.length === 1 ? forTable : forRecord;
    return run(exchange, statement, { ...target(exchange), ...parameters, ...(last && { data: last.result }) });
  };

const remove: Route = async (exchange) => {
  const what = exchange.path.length === 1 ? TABLE : RECORD;
  return run(exchange, `DELETE ${what} RETURN BEFORE`, { ...target(exchange), ...urlParameters(exchange.url) });
};

export const keyRoutes: Readonly<Record<string, Route>> = {
  GET: select,
  POST: write(`CREATE ${TABLE} CONTENT $data`, `CREATE ${RECORD} CONTENT $data`),
  PUT: write(`UPDATE ${TABLE} CONTENT $data`, `UPSERT ${RECORD} CONTENT $data`),
  PATCH: write(`UPDATE ${TABLE} MERGE $data`, `UPSERT ${RECORD} MERGE $data`),
  DELETE: remove,
};

async function run(exchange: Exchange, statement: string, variables: object) {
  requireDatabase(exchange);
  const format = formatFor(exchange.request);
  return writeReply(format, await call(exchange.connection, 'query', [statement, variables]));
}

const target = ({ path: [table, id] }: Exchange): object => ({ table, ...(id !== undefined && { id: recordKey(id) }) });

const urlParameters = (url: URL): object =>
  Object.fromEntries([...url.searchParams].map(([name, text]) => [name, recordKey(text)]));

/** Text that is valid JSON becomes that value; other text stays text. */
function recordKey(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function whole(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw HttpProblem.text(400, `Failed to deserialize query string: ${name}: invalid digit found in string`);
}
