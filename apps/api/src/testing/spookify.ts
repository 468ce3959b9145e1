import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSupervisor, type LifecycleEvent } from '@spookify/supervisor';
import type { FastifyBaseLogger } from 'fastify';
import type { RecordId } from 'surrealdb';
import { createGeneration, DEFAULT_LIMITS, type Generation, type GenerationLimits } from '../generation.ts';
import { routesOf } from '../routes/index.ts';
import type { DatabaseSettings } from '../settings.ts';
import type { WriterSettings } from '../writers/writer.ts';
import { type Answer, deliverTo, startTestApi, type TestApi } from './api.ts';
import { PACKAGE } from './built.ts';

/** The backend of a test, with real writer processes. */
export interface WriterApi extends TestApi {
  /** Starts the spare writer processes. The program does this itself. */
  warmUp(): Promise<void>;
  /** The lifecycle events of its writer processes. */
  lifecycle: LifecycleEvent[];
}

export interface WriterApiOptions {
  database: DatabaseSettings;
  writer?: WriterSettings;
  limits?: Partial<GenerationLimits>;
  /** Source code of an entry that replaces the writer. */
  entrySource?: string;
}

export async function startWriterApi(options: WriterApiOptions): Promise<WriterApi> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-entry-'));
  const { entrySource } = options;
  if (entrySource !== undefined) {
    await mkdir(path.join(folder, 'dist'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(path.join(folder, 'dist/entry.js'), entrySource);
  }
  const root = entrySource === undefined ? PACKAGE : folder;
  const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
  const lifecycle: LifecycleEvent[] = [];
  supervisor.onLifecycle((event) => lifecycle.push(event));
  const generationWith = (logger: FastifyBaseLogger): Generation =>
    createGeneration({
      supervisor,
      entry: entrySource === undefined ? 'dist/processes/writer.js' : 'dist/entry.js',
      writer: options.writer ?? { kind: 'offline' },
      limits: { ...DEFAULT_LIMITS, startupMs: 30_000, silenceMs: 30_000, ...options.limits },
      logger,
    });
  let generation: Generation | undefined;
  const api = await startTestApi({
    database: options.database,
    routes: (parts, logger) => {
      generation = generationWith(logger);
      return routesOf({ ...parts, generation });
    },
  });
  return {
    ...api,
    warmUp: async () => await generation?.warmUp(),
    lifecycle,
    async close() {
      await api.close();
      await supervisor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Delivers a job to `/spookify` as the runner does. A header with the value undefined is left out. */
export async function deliver(
  url: string,
  job: { key: string; thread: RecordId<'thread'>; author: RecordId<'user'>; signal?: AbortSignal },
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const { key, thread, author: createdBy, signal } = job;
  const all = { 'x-job-assigned-to': String(thread), ...headers };
  return deliverTo(url, '/spookify', { id: String(thread) }, { key, createdBy, ...(signal && { signal }) }, all);
}
