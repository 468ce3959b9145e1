import { RecordId } from 'surrealdb';
import { startTestDatabase, type TestDatabase } from '../../../gateway/src/testing/database.ts';
import { startTestGateway, type TestGateway } from '../../../gateway/src/testing/test-gateway.ts';
import { FIXTURE_SCHEMA } from './fixture-schema.ts';
import { REQUESTS } from './requests.ts';

/** A real gateway in front of a real database. */
export interface TestStack {
  /** For `createClient`. */
  readonly url: string;
  /** Runs SurrealQL as the owner of the database. */
  query<Results extends unknown[]>(text: string, bindings?: Record<string, unknown>): Promise<Results>;
  /** Ends every session as if it had expired. */
  endSessions(): Promise<void>;
  /** Stops the gateway and closes its sockets. */
  stopGateway(): Promise<void>;
  /** Starts another gateway on the same port. */
  startGateway(): Promise<void>;
  /** Stops the database. The gateway keeps running. */
  stopDatabase(): Promise<void>;
  startDatabase(): Promise<void>;
  close(): Promise<void>;
}

/** @param text the schema of the database. Default: that of the fixture */
export async function startStack(text = FIXTURE_SCHEMA): Promise<TestStack> {
  const database: TestDatabase = await startTestDatabase(text);
  const routes = Object.entries(REQUESTS.api).map(([path, request]) => [path, { path, request }] as const);
  const gateway: TestGateway = await startTestGateway({
    database,
    backends: [{ name: 'api', table: 'job', routes: Object.fromEntries(routes) }],
  });
  return {
    url: gateway.url,
    query: async <Results extends unknown[]>(text: string, bindings?: Record<string, unknown>) =>
      (await database.owner.queryAll(text, bindings)) as Results,
    endSessions: async () => void (await database.owner.queryAll('DELETE spooky_session')),
    stopGateway: () => gateway.gateway.stop(),
    startGateway: () => gateway.restart(),
    stopDatabase: () => database.stop(),
    startDatabase: () => database.start(),
    close: async () => {
      await gateway.close();
      await database.close();
    },
  };
}

/** Writes the suggestion of a thread, as the backend does. */
export async function suggest(
  stack: TestStack,
  thread: RecordId<'thread'>,
  parts: { title?: string; content?: string },
): Promise<RecordId<'suggestion'>> {
  const id = new RecordId('suggestion', thread.id);
  const row = { thread, written_by: 'offline', ...parts };
  await stack.query('UPSERT $id CONTENT $row', { id, row });
  return id;
}
