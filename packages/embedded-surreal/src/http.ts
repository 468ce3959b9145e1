/** SurrealDB's HTTP endpoints. Each request is a short connection of its own, signed in by its headers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Connection } from './connection.ts';
import type { Engine } from './engine.ts';
import type { Answer, Exchange } from './http-exchange.ts';
import { HttpProblem, problemOf } from './http-problem.ts';
import { handleExport, handleImport, handleRpc, handleSignin, handleSql } from './http-routes.ts';
import { signInByHeaders } from './http-sign-in.ts';
import type { Logger } from './logger.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';

export interface HttpOptions {
  readonly engine: Engine;
  readonly version: string;
  readonly logger: Logger;
  /** The largest body that is read, in bytes. */
  readonly maxBodyBytes: number;
  readonly throttle?: SignInThrottle;
}

type Route = (exchange: Exchange) => Promise<Answer>;

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['POST /rpc', handleRpc],
  ['POST /sql', handleSql],
  ['POST /import', handleImport],
  ['GET /export', handleExport],
  ['POST /export', handleExport],
  ['POST /signin', handleSignin],
  ['POST /signup', handleSignin],
]);

export interface HttpHandler {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on `/ready` says no, and answers close their connections. */
  stop(): void;
}

export function createHttpHandler({ engine, version, logger, maxBodyBytes, throttle }: HttpOptions): HttpHandler {
  let stopping = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    writeCommonHeaders(response, version);
    if (request.method === 'OPTIONS') return void response.writeHead(200, preflight).end();
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /version':
        return send(response, { contentType: 'text/plain; charset=utf-8', body: version });
      case 'GET /status':
        return send(response, {});
      case 'GET /health':
        await engine.queryAsOwner('RETURN true');
        return send(response, {});
      case 'GET /ready':
        return void response.writeHead(stopping ? 503 : 200).end();
    }
    const route = routes.get(`${request.method} ${url.pathname}`);
    if (route === undefined) throw HttpProblem.notFound(url.pathname);
    const body = await readBody(request, maxBodyBytes);
    const connection = new Connection({
      engine,
      ...(throttle && { guard: { throttle, address: request.socket.remoteAddress ?? '' } }),
    });
    try {
      await signInByHeaders(connection, request.headers);
      send(response, await route({ connection, request, url, body }));
    } finally {
      await connection.close();
    }
  };

  return {
    handle: (request, response) => {
      if (stopping) response.setHeader('connection', 'close');
      answer(request, response).catch((error: unknown) => {
        const problem = problemOf(error);
        if (problem.status >= 500) logger.error({ error, path: request.url }, 'an HTTP request failed');
        if (!request.complete) response.setHeader('connection', 'close');
        if (response.headersSent) response.destroy();
        else send(response, { contentType: problem.contentType, body: problem.body }, problem.status);
      });
    },
    stop: () => {
      stopping = true;
    },
  };
}

function writeCommonHeaders(response: ServerResponse, version: string): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('surreal-version', version);
  response.setHeader('server', 'SurrealDB');
  response.setHeader('vary', 'origin, access-control-request-method, access-control-request-headers');
}

const preflight = {
  'access-control-allow-methods': 'GET,PUT,POST,PATCH,DELETE,OPTIONS',
  'access-control-allow-headers':
    'accept,accept-encoding,authorization,content-type,origin,surreal-ns,surreal-db,surreal-id,surreal-auth-ns,surreal-auth-db',
  'access-control-max-age': '86400',
};

function send(response: ServerResponse, { contentType, body }: Answer, status = 200): void {
  if (contentType !== undefined) response.setHeader('content-type', contentType);
  response.writeHead(status).end(body);
}

async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw HttpProblem.tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
