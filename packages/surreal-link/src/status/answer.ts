/*
 * The pages of a status server:
 *
 *   GET /health    200 as long as the process answers at all
 *   GET /ready     200, or 503 with the reasons
 *   GET /metrics   for Prometheus
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EXPOSITION_TYPE } from './exposition.ts';

/** What the pages show. */
export interface StatusPages {
  /** The body of `/health`. */
  health(): object;
  /** The body of `/ready`; `ready` decides about its status. */
  ready(): { readonly ready: boolean } | Promise<{ readonly ready: boolean }>;
  /** The body of `/metrics`. */
  metrics(): string | Promise<string>;
}

/** Answers a request for one of the pages. Otherwise it answers nothing and returns why the request is none. */
export async function answerStatus(
  request: IncomingMessage,
  response: ServerResponse,
  { health, ready, metrics }: StatusPages,
): Promise<'answered' | 'no-page' | 'wrong-method'> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path !== '/health' && path !== '/ready' && path !== '/metrics') return 'no-page';
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'wrong-method';
  if (path === '/health') sendJson(response, 200, health());
  else if (path === '/metrics') send(response, 200, EXPOSITION_TYPE, await metrics());
  else {
    const readiness = await ready();
    sendJson(response, readiness.ready ? 200 : 503, readiness);
  }
  return 'answered';
}

/** Answers with a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
