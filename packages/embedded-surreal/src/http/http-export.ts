/** GET or POST `/export`: the selected database as SurrealQL. The user must have the right to read all of it. */
import { Readable } from 'node:stream';
import { codec } from '../protocol/codec.ts';
import { cborFormat, type Format, formatOf } from '../protocol/formats.ts';
import { toText } from './http-accept.ts';
import type { Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call, requireDatabase } from './http-sign-in.ts';

export const handleExport: Route = async (exchange) => {
  const { connection, request } = exchange;
  const { namespace, database } = requireDatabase(exchange);
  // Only owners, editors and viewers of the database may run this statement, and they may read everything in it.
  const asked = await call(connection, 'query', ['INFO FOR DB', {}]);
  if (!asked.ok) throw HttpProblem.fromReply(asked);
  const [info] = codec.decode(asked.result) as { status: string; result: unknown }[];
  if (info?.status !== 'OK') throw HttpProblem.forbidden(String(info?.result));
  const format = formatOf(request.headers['content-type']);
  const body = request.method === 'POST' ? await exchange.readBody() : new Uint8Array();
  const options = body.length === 0 ? {} : decodeOptions(format, body);
  const text = await connection.engine.exportSql(namespace, database, options);
  return { body: Readable.from(pieces(text)) };
};

/** The engine returns an export in one piece. It is sent in chunks of this many characters, at the client's pace. */
const PIECE = 64 * 1024;

function* pieces(text: string): Generator<Buffer> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE, text.length);
    // Do not split a surrogate pair.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    yield Buffer.from(text.slice(at, end), 'utf-8');
    at = end;
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

function decodeOptions(format: Format | undefined, body: Uint8Array): object {
  try {
    const options: unknown = format === cborFormat ? codec.decode(body) : JSON.parse(toText(body));
    if (options !== null && typeof options === 'object') return options;
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
  }
  throw HttpProblem.badRequest('The request body contains invalid data');
}
