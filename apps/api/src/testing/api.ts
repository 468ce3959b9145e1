import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Secret } from '@spookify/config';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { RecordId } from 'surrealdb';
import { vi } from 'vitest';
import { createApp } from '../app.ts';
import { connectDatabase } from '../database.ts';
import type { JobRouteParts } from '../jobs/job-route.ts';
import { routesOf } from '../routes/index.ts';
import type { DatabaseSettings } from '../settings.ts';
import type { Handlers } from '../spec-routes.ts';
import { PACKAGE } from './built.ts';
import { PATIENCE } from './patience.ts';
import { routeParts } from './route-parts.ts';

export const TOKEN = 'a7f31c9e5b2d8064a7f3';
export const SPEC = path.resolve(PACKAGE, '../../openapi.yaml');

/** The backend in this process, on a free port, connected to its database. */
export interface TestApi {
  url: string;
  /** Everything that it logged, as one text. */
  log(): string;
  /** Aborts the requests in progress, as the program does when its time to stop is over. */
  stopping: AbortController;
  close(): Promise<void>;
}

export interface TestApiOptions {
  database: DatabaseSettings;
  /** Default: the spec of the project. */
  specFile?: string;
  /** The handlers of the routes. Default: those of the project. */
  routes?: (parts: JobRouteParts, logger: FastifyBaseLogger) => Handlers;
}

export async function startTestApi(options: TestApiOptions): Promise<TestApi> {
  const { specFile = SPEC, routes = (parts) => routesOf({ ...parts, ...routeParts }) } = options;
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const database = connectDatabase(options.database, logger, {
    waitMs: 500,
    statementMs: 20_000,
    probeMs: 5_000,
    firstPauseMs: 20,
    lastPauseMs: 50,
  });
  const stopping = new AbortController();
  const handlers = routes({ database, stopping: stopping.signal }, logger);
  const app = await createApp({ token: new Secret(TOKEN), specFile, routes: handlers, database, logger });
  await app.listen({ host: '127.0.0.1', port: 0 });
  await vi.waitUntil(() => database.isReachable(), PATIENCE);
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    log: () => lines.join(''),
    stopping,
    async close() {
      stopping.abort(new Error('the test is over'));
      await app.close();
      await database.close();
    },
  };
}

/** A complete answer of the backend. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Delivers a job to any route, as the runner does. */
export async function deliverTo(
  url: string,
  path: string,
  payload: object,
  job: { key: string; createdBy: RecordId<'user'>; signal?: AbortSignal },
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const all = {
    authorization: `Bearer ${TOKEN}`,
    'idempotency-key': job.key,
    'x-job-id': job.key,
    'x-job-attempt': '1',
    'x-job-created-by': String(job.createdBy),
    ...headers,
  };
  return post(`${url}${path}`, JSON.stringify(payload), all, job.signal);
}

/** Sends any request to a route. */
export async function post(
  address: string,
  body: string,
  headers: Record<string, string | undefined>,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await fetch(address, {
    method: 'POST',
    body,
    headers: Object.fromEntries(
      Object.entries({ 'content-type': 'application/json', ...headers }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
