/** What each HTTP endpoint does with a request that has been read and signed in. */
import { codec } from './codec.ts';
import { dispatch } from './dispatch.ts';
import { cborFormat, type Format, formatOf, jsonFormat } from './formats.ts';
import { parseRequest, type Reply, responseFrame } from './frames.ts';
import type { Answer, Exchange } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call } from './http-sign-in.ts';
import { askSession } from './session-facts.ts';

/** POST /rpc: one RPC request; the answer has the request's format. */
export async function handleRpc({ connection, request, body }: Exchange): Promise<Answer> {
  const format = formatOf(request.headers['content-type']);
  if (format === undefined || accepted(request.headers.accept, format) !== format) throw HttpProblem.mediaType();
  const parsed = parseRequest(format.read(body) ?? new Uint8Array());
  if (!parsed.ok) throw HttpProblem.badRequest(parsed.error.message);
  const reply = await dispatch(connection, parsed.request);
  return { contentType: format.contentType, body: format.write(responseFrame(undefined, undefined, reply)) };
}

/** POST /sql: SurrealQL in the body, its variables in the URL. */
export async function handleSql({ connection, request, url, body }: Exchange): Promise<Answer> {
  const format = accepted(request.headers.accept, jsonFormat);
  const reply = await call(connection, 'query', [toText(body), Object.fromEntries(url.searchParams)]);
  return write(format, reply);
}

/** POST /import: SurrealQL in the body, run with the sender's own permissions. */
export async function handleImport({ connection, request, body }: Exchange): Promise<Answer> {
  const reply = await call(connection, 'query', [toText(body), {}]);
  return write(accepted(request.headers.accept, jsonFormat), reply);
}

/** GET or POST /export: the selected database as SurrealQL, for those who may see all of it. */
export async function handleExport({ connection, request, body }: Exchange): Promise<Answer> {
  // Only owners, editors and viewers of the database may ask this, and they may see everything in it.
  const asked = await call(connection, 'query', ['INFO FOR DB', {}]);
  if (!asked.ok) throw HttpProblem.fromReply(asked);
  const [info] = codec.decode(asked.result) as { status: string; result: unknown }[];
  if (info?.status !== 'OK') throw HttpProblem.forbidden(String(info?.result));
  const session = connection.session(undefined);
  const facts = session && (await askSession(connection.engine, session.engineId));
  if (facts?.namespace === undefined || facts.database === undefined) {
    throw HttpProblem.badRequest('Specify a database to use');
  }
  const format = formatOf(request.headers['content-type']);
  const options = body.length === 0 ? {} : decodeOptions(format, body);
  const sql = await connection.engine.exportSql(facts.namespace, facts.database, options);
  return { contentType: 'application/octet-stream', body: sql };
}

/** POST /signin and /signup: credentials as JSON; a token in the form that was asked for, or nothing. */
export async function handleSignin({ connection, request, url, body }: Exchange): Promise<Answer> {
  const method = url.pathname === '/signup' ? 'signup' : 'signin';
  const reply = await call(connection, method, [credentials(body)]);
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  const token = codec.decode(reply.result) as string | { access: string };
  const accept = request.headers.accept;
  if (accept?.startsWith('text/plain')) {
    return { contentType: 'text/plain; charset=utf-8', body: typeof token === 'string' ? token : token.access };
  }
  const format = accepted(accept, jsonFormat);
  const success = codec.encode({ code: 200, details: 'Authentication succeeded', token });
  return { contentType: format.contentType, body: format.write(success) };
}

/** The format that `Accept` names; `preferred` when it leaves the choice. */
function accepted(accept: string | undefined, preferred: Format): Format {
  if (accept === undefined || accept.includes('*/*')) return preferred;
  const format = formatOf(accept);
  if (format === undefined) throw HttpProblem.mediaType();
  return format;
}

function write(format: Format, reply: Reply): Answer {
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  return { contentType: format.contentType, body: format.write(reply.result) };
}

function toText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw HttpProblem.badRequest('Non UTF-8 request body');
  }
}

function credentials(body: Uint8Array): object {
  try {
    const parsed: unknown = JSON.parse(toText(body));
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
  }
  throw HttpProblem.badRequest('The request body contains invalid data');
}

function decodeOptions(format: Format | undefined, body: Uint8Array): object {
  try {
    const options: unknown = format === cborFormat ? codec.decode(body) : JSON.parse(toText(body));
    if (options !== null && typeof options === 'object') return options;
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
  }
  throw HttpProblem.badRequest('The request body contains invalid data');
}
