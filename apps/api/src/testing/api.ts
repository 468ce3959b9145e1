import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '@spookify/config';
import { createSupervisor, type LifecycleEvent } from '@spookify/supervisor';
import { pino } from 'pino';
import type { RecordId } from 'surrealdb';
import { vi } from 'vitest';
import { createApp } from '../app.ts';
import { connectDatabase } from '../database.ts';
import { createGeneration, DEFAULT_LIMITS, type GenerationLimits } from '../generation.ts';
import type { DatabaseSettings } from '../settings.ts';
import type { WriterSettings } from '../writers/writer.ts';
import { PACKAGE } from './built.ts';
import { PATIENCE } from './patience.ts';

export const TOKEN = 'a7f31c9e5b2d8064a7f3';
export const SPEC = path.resolve(PACKAGE, '../../openapi.yaml');

/** The backend in this process, on a free port, with real writer processes, and connected to its database. */
export interface TestApi {
  url: string;
  /** What it logged, as one text. */
  log(): string;
  /** Starts the writer processes that stand ready; the program does so by itself. */
  warmUp(): Promise<void>;
  /** What became of its writer processes. */
  lifecycle: LifecycleEvent[];
  stopping: AbortController;
  close(): Promise<void>;
}

export interface TestApiOptions {
  database: DatabaseSettings;
  writer?: WriterSettings;
  limits?: Partial<GenerationLimits>;
  /** Source of an entry to run in place of the writer. */
  entrySource?: string;
}

export async function startTestApi(options: TestApiOptions): Promise<TestApi> {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-entry-'));
  if (options.entrySource !== undefined) {
    await mkdir(path.join(folder, 'dist'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(path.join(folder, 'dist/entry.js'), options.entrySource);
  }
  const own = options.entrySource !== undefined;
  const supervisor = createSupervisor({ root: own ? folder : PACKAGE, scope: { type: 'operator' } });
  const lifecycle: LifecycleEvent[] = [];
  supervisor.onLifecycle((event) => lifecycle.push(event));
  const database = connectDatabase(options.database, logger, {
    waitMs: 500,
    statementMs: 20_000,
    probeMs: 5_000,
    firstPauseMs: 20,
    lastPauseMs: 50,
  });
  const generation = createGeneration({
    supervisor,
    entry: own ? 'dist/entry.js' : 'dist/processes/writer.js',
    writer: options.writer ?? { kind: 'offline' },
    limits: { ...DEFAULT_LIMITS, startupMs: 30_000, silenceMs: 30_000, ...options.limits },
    logger,
  });
  const stopping = new AbortController();
  const parts = { token: new Secret(TOKEN), specFile: SPEC, database, generation, logger, stopping: stopping.signal };
  const app = await createApp(parts);
  await app.listen({ host: '127.0.0.1', port: 0 });
  await vi.waitUntil(() => database.isReachable(), PATIENCE);
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    log: () => lines.join(''),
    warmUp: () => generation.warmUp(),
    lifecycle,
    stopping,
    async close() {
      stopping.abort(new Error('the test is over'));
      await app.close();
      await supervisor.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An answer of the backend, read whole. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A job's delivery to `/spookify` as the runner makes it; headers may be taken out with undefined. */
export async function deliver(
  url: string,
  job: { key: string; thread: RecordId<'thread'>; author: RecordId<'user'>; signal?: AbortSignal },
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const { key, thread, author: createdBy, signal } = job;
  const all = { 'x-job-assigned-to': String(thread), ...headers };
  return deliverTo(url, '/spookify', { id: String(thread) }, { key, createdBy, ...(signal && { signal }) }, all);
}

/** A job's delivery to any route. */
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

/** Any request to a route. */
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
