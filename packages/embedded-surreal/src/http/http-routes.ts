/** The HTTP endpoints for RPC, queries and credentials. */
import { codec } from '../protocol/codec.ts';
import { dispatch } from '../protocol/dispatch.ts';
import { formatOf } from '../protocol/formats.ts';
import { parseRequest, responseFrame } from '../protocol/frames.ts';
import { acceptOf, formatFor, toText, writeReply, writeValue } from './http-accept.ts';
import type { Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call } from './http-sign-in.ts';

/** POST `/rpc`: one RPC request. The response has the format of the request. */
export const handleRpc: Route = async ({ connection, request, readBody }) => {
  const contentType = request.headers['content-type'];
  if (contentType === undefined) throw HttpProblem.text(400, 'Header of type `content-type` was missing');
  const format = formatOf(contentType);
  const accept = request.headers.accept;
  const isOther = accept !== undefined && !accept.includes('*/*') && acceptOf(request) !== format;
  if (format === undefined || isOther) throw HttpProblem.mediaType();
  const parsed = parseRequest(format.read(await readBody()) ?? new Uint8Array());
  if (!parsed.ok) throw HttpProblem.badRequest(parsed.error.message);
  const reply = await dispatch(connection, parsed.request);
  return { contentType: format.contentType, body: format.write(responseFrame(undefined, undefined, reply)) };
};

/** POST `/sql`: SurrealQL in the body, variables in the URL. */
export const handleSql: Route = async ({ connection, request, url, readBody }) => {
  const text = toText(await readBody());
  const format = formatFor(request);
  return writeReply(format, await call(connection, 'query', [text, Object.fromEntries(url.searchParams)]));
};

/**
 * POST `/signin` and `/signup`: credentials as JSON. Returns a token in the accepted format, or an empty body without
 * an Accept header.
 */
export const handleSignin: Route = async ({ connection, request, url, readBody }) => {
  const method = url.pathname === '/signup' ? 'signup' : 'signin';
  const reply = await call(connection, method, [credentials(await readBody())]);
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  const token = codec.decode(reply.result) as string | { access: string };
  const accepted = acceptOf(request);
  if (accepted === undefined) return {};
  if (accepted === 'nothing') throw HttpProblem.mediaType();
  if (accepted !== 'text') return writeValue(accepted, { code: 200, details: 'Authentication succeeded', token });
  return { contentType: 'text/plain; charset=utf-8', body: typeof token === 'string' ? token : token.access };
};

function credentials(body: Uint8Array): object {
  const text = toText(body);
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed;
  } catch {
    // Handled below, like any other body that is not an object.
  }
  throw HttpProblem.badRequest('The request body contains invalid data');
}

/** The response of a server that was built without models. */
export const refuseModels: Route = async () => {
  throw HttpProblem.badRequest('The request body contains invalid data');
};

/** GET and POST `/sync`: the fixed responses of a SurrealDB server. */
export const handleSync: Route = async ({ request }) => ({
  contentType: 'text/plain; charset=utf-8',
  body: request.method === 'POST' ? 'Load' : 'Save',
});

/** The response to a WebSocket path requested without an upgrade. */
export const requireUpgrade: Route = async () => {
  throw HttpProblem.text(400, 'Connection header did not include `upgrade`');
};
