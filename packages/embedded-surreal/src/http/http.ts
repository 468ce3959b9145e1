/** SurrealDB's HTTP endpoints. Each request is a short connection, signed in by its headers. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EngineProbe } from '../engine/engine-probe.ts';
import type { Logger } from '../logger.ts';
import type { Connect } from '../session/connect.ts';
import type { Answer } from './http-exchange.ts';
import { HttpProblem, problemOf } from './http-problem.ts';
import { findRoute } from './http-router.ts';
import { signInByHeaders } from './http-sign-in.ts';
import { corsHeaders, type OriginPolicy, preflightHeaders, type Refusal } from './origin-policy.ts';

export interface HttpOptions {
  readonly connect: Connect;
  readonly probe: EngineProbe;
  readonly version: string;
  readonly logger: Logger;
  /** The largest accepted body, in bytes. */
  readonly maxBodyBytes: number;
  /** Which origins and host names are accepted. */
  readonly originPolicy: OriginPolicy;
}

export interface HttpHandler {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on `/ready` answers 503, and each response closes its connection. */
  stop(): void;
}

/** How long `/health` waits for the engine, in milliseconds. A busy engine answers within a second. */
const HEALTH_MS = 3000;

export function createHttpHandler(options: HttpOptions): HttpHandler {
  const { connect, probe, version, logger, maxBodyBytes, originPolicy } = options;
  let stopping = false;

  /** Endpoints about the server itself, which need no session. */
  const facts: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/version': () => ({ contentType: 'text/plain; charset=utf-8', body: version }),
    '/status': () => ({}),
    '/health': async () => ({ status: (await probe.answersWithin(HEALTH_MS)) ? 200 : 503 }),
    '/ready': () => ({ status: stopping ? 503 : 200 }),
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const method = request.method ?? 'GET';
    const url = readUrl(request);
    if (method === 'OPTIONS') return { headers: preflightHeaders(request) };
    const fact = Object.hasOwn(facts, url.pathname) ? facts[url.pathname] : undefined;
    if (fact !== undefined) return method === 'GET' || method === 'HEAD' ? fact() : refuseMethod('GET,HEAD');
    const found = findRoute(method, url.pathname);
    if (found.type === 'nothing') return { status: 404 };
    if (found.type === 'method') return refuseMethod(found.allow);
    const connection = connect(request);
    try {
      await signInByHeaders(connection, request.headers);
      const session = connection.session(undefined);
      if (session === undefined) throw HttpProblem.internal();
      const { route, path } = found;
      return await route({
        connection,
        session,
        request,
        url,
        path,
        readBody: () => readBody(request, maxBodyBytes),
        maxBodyBytes,
      });
    } finally {
      await connection.close();
    }
  };

  return {
    handle: (request, response) => {
      writeCommonHeaders(request, response, version);
      const refusal = originPolicy.refusal(request);
      if (refusal === undefined) response.setHeaders(new Map(Object.entries(corsHeaders(request))));
      if (stopping) response.setHeader('connection', 'close');
      (refusal === undefined ? answer(request) : refuse(refusal))
        .catch((error: unknown): Answer => {
          const problem = problemOf(error);
          if (problem.status >= 500) logger.error({ err: error, path: request.url }, 'an HTTP request failed');
          return problem;
        })
        .then((sent) => {
          if (!request.complete) response.setHeader('connection', 'close');
          return send(response, sent);
        })
        .catch((error: unknown) => {
          logger.debug({ err: error, path: request.url }, 'a client disconnected before its response was sent');
          response.destroy();
        });
    },
    stop: () => {
      stopping = true;
    },
  };
}

function readUrl(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch {
    throw HttpProblem.text(400, 'The request target is not a valid path');
  }
}

const refuse = async ({ status, message }: Refusal): Promise<Answer> => {
  throw HttpProblem.text(status, message);
};

const refuseMethod = (allow: string): Answer => ({ status: 405, headers: { allow } });

function writeCommonHeaders(request: IncomingMessage, response: ServerResponse, version: string): void {
  const id = request.headers['x-request-id'];
  response.setHeader('x-request-id', typeof id === 'string' ? id : randomUUID());
  response.setHeader('surreal-version', version);
  response.setHeader('server', 'SurrealDB');
  response.setHeader('vary', 'origin, access-control-request-method, access-control-request-headers');
}

async function send(response: ServerResponse, { status, headers, contentType, body }: Answer): Promise<void> {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (contentType !== undefined) response.setHeader('content-type', contentType);
  response.writeHead(status ?? 200);
  // `pipeline` sends the stream at the client's pace.
  if (body instanceof Readable) await pipeline(body, response);
  else response.end(body);
}

async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw HttpProblem.tooLarge(limit);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw HttpProblem.tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
