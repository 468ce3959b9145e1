import type { RecordId } from 'surrealdb';
import { expect, vi } from 'vitest';
import type { RunnerOptions } from '../options.ts';
import { createRunner, type Runner } from '../runner.ts';
import { type Handler, startBackend, type TestBackend } from './backend.ts';
import { startDatabase, type TestDatabase } from './database.ts';

export interface Fixture {
  readonly database: TestDatabase;
  readonly backend: TestBackend;
  /**
   * Starts a runner between the two, with short delays. Its options may be overridden. It stops with the fixture.
   */
  run(options?: Partial<RunnerOptions>): Promise<Runner>;
  /** Waits until the row has these fields, and returns the whole row. */
  becomes(id: RecordId, fields: Record<string, unknown>, patienceMs?: number): Promise<Record<string, unknown>>;
  /** Stops the runners, empties the outbox, and frees all partitions. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a real database and a real backend. */
export async function createFixture(where?: 'here' | 'own process'): Promise<Fixture> {
  const database = await startDatabase(where);
  const backend = await startBackend();
  const runners: Runner[] = [];

  return {
    database,
    backend,
    async run(options = {}) {
      const runner = createRunner({
        database: database.options,
        backends: [backend.options],
        backoff: { baseMs: 20 },
        schedulePollMs: 200,
        ...options,
      });
      runners.push(runner);
      await runner.start();
      return runner;
    },
    async becomes(id, fields, patienceMs) {
      return await eventually(async () => {
        const row = await database.row(id);
        expect(row).toMatchObject(fields);
        return row;
      }, patienceMs);
    },
    async reset() {
      await Promise.all(runners.splice(0).map((runner) => runner.stop({ graceMs: 0 })));
      // A runner that could not leave properly would keep its partitions for a while.
      await database.query(`DELETE job; DELETE spooky_runner; DELETE spooky_fence;
        UPDATE spooky_partition SET owner = NONE, crashes = 0, careful_until = NONE RETURN NONE`);
      backend.reset();
    },
    async close() {
      await Promise.all(runners.map((runner) => runner.stop({ graceMs: 0 })));
      await backend.close();
      await database.close();
    },
  };
}

/** Waits until the assertion holds, for as long as a busy machine may need for a few jobs. */
export function eventually<T>(assertion: () => T | Promise<T>, patienceMs = 20_000): Promise<T> {
  return vi.waitFor(assertion, { timeout: patienceMs, interval: 20 });
}

/** Answers with one handler after the other, then always with the last one. */
export function inTurn(...handlers: [Handler, ...Handler[]]): Handler {
  let next = 0;
  return (request, reply) => {
    const handler = handlers[Math.min(next, handlers.length - 1)] ?? handlers[0];
    next += 1;
    return handler(request, reply);
  };
}

/** An answer with this status and body. */
export function status(code: number, body: unknown = {}, headers: Record<string, string> = {}): Handler {
  return (_, reply) => reply.code(code).headers(headers).send(body);
}
