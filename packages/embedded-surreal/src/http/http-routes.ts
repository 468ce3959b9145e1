/** What the HTTP endpoints for queries and credentials do. */
import { codec } from '../protocol/codec.ts';
import { dispatch } from '../protocol/dispatch.ts';
import { formatOf } from '../protocol/formats.ts';
import { parseRequest, responseFrame } from '../protocol/frames.ts';
import { acceptOf, formatFor, toText, writeReply, writeValue } from './http-accept.ts';
import type { Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call } from './http-sign-in.ts';

/** POST /rpc: one RPC request; the answer has the request's format. */
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

/** POST /sql: SurrealQL in the body, its variables in the URL. */
export const handleSql: Route = async ({ connection, request, url, readBody }) => {
  const text = toText(await readBody());
  const format = formatFor(request);
  return writeReply(format, await call(connection, 'query', [text, Object.fromEntries(url.searchParams)]));
};

/** POST /signin and /signup: credentials as JSON; a token in the form that was asked for, or nothing. */
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
    // Answered below, like every other body that is no object.
  }
  throw HttpProblem.badRequest('The request body contains invalid data');
}

/** A server that was built without models answers so. */
export const refuseModels: Route = async () => {
  throw HttpProblem.badRequest('The request body contains invalid data');
};

/** GET and POST /sync: what a SurrealDB server answers, no more. */
export const handleSync: Route = async ({ request }) => ({
  contentType: 'text/plain; charset=utf-8',
  body: request.method === 'POST' ? 'Load' : 'Save',
});

/** What a browser's WebSocket would have asked for, without the upgrade. */
export const requireUpgrade: Route = async () => {
  throw HttpProblem.text(400, 'Connection header did not include `upgrade`');
};
