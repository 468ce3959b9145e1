/** `/api/:namespace/:database/…`: endpoints that the database defines with DEFINE API. */
import { codec } from '../protocol/codec.ts';
import type { Answer, Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call } from './http-sign-in.ts';

const METHODS = new Set(['DELETE', 'GET', 'PATCH', 'POST', 'PUT', 'TRACE']);
const INVOKE = 'RETURN api::invoke($path, { method: $method, headers: $headers, query: $query, body: $body })';

interface ApiResponse {
  readonly status: number;
  readonly headers?: Record<string, unknown>;
  readonly body?: unknown;
}

export const handleApi: Route = async ({ connection, request, url, path, readBody }) => {
  const [namespace, database, rest = ''] = path;
  if (!METHODS.has(request.method ?? '')) throw HttpProblem.notFound(url.pathname);
  const selected = await call(connection, 'use', [namespace, database]);
  if (!selected.ok) throw HttpProblem.fromReply(selected);
  const variables = {
    path: `/${rest}`,
    method: request.method?.toLowerCase(),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    query: Object.fromEntries(url.searchParams),
    // A copy: a Buffer's memory is a shared pool that also contains other buffers' bytes.
    body: new Uint8Array(await readBody()).buffer,
  };
  const reply = await call(connection, 'query', [INVOKE, variables]);
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  const [answer] = codec.decode(reply.result) as { status: string; kind?: string; result: unknown }[];
  if (answer?.status !== 'OK') throw HttpProblem.api(answer?.kind === 'NotFound' ? 404 : 500, String(answer?.result));
  return toAnswer(answer.result as ApiResponse | undefined, url);
};

function toAnswer(response: ApiResponse | undefined, url: URL): Answer {
  if (response === undefined || response === null) throw HttpProblem.notFound(url.pathname);
  const headers = Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  const { status, body } = response;
  if (body === undefined) return { status, headers };
  if (typeof body === 'string') return { status, headers, body };
  if (body instanceof ArrayBuffer) return { status, headers, body: new Uint8Array(body) };
  if (body instanceof Uint8Array) return { status, headers, body };
  const reason = 'HTTP API response body must be None, bytes, or string; other values are not supported';
  throw HttpProblem.api(500, `Invalid API response: ${reason}`);
}
