import { openStorage } from '../storage/open-storage.ts';
import type { Storage } from '../storage/storage.ts';

export interface EmbeddedEngine {
  /** The engine's version, such as `surrealdb-3.0.2`. */
  readonly version: string;
  /**
   * Selects a namespace and a database, making them if need be, for every query after it.
   * Throws SPOOKY_DB_QUERY_FAILED.
   */
  use(namespace: string, database: string): Promise<void>;
  /**
   * Runs SurrealQL as the owner of everything; one decoded result for each statement, in the SDK's classes.
   * Throws SPOOKY_DB_QUERY_FAILED with the engine's words when a statement fails.
   */
  query(text: string, variables?: Record<string, unknown>): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * An engine in this process, without a server: to read a schema back in parsed form, or to run a script.
 *
 * Throws as `startServer` does for its storage.
 */
export async function openEngine(storage: Storage = { type: 'memory' }): Promise<EmbeddedEngine> {
  const opened = await openStorage(storage);
  const { engine } = opened;
  return {
    version: await engine.version(),
    use: (namespace, database) => engine.useAsOwner(namespace, database),
    query: (text, variables) => engine.queryAsOwner(text, variables),
    close: () => opened.close(),
  };
}
