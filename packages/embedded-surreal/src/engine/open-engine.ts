import { openStorage } from '../storage/open-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { openRecordSession, type RecordSession, type Selection } from './record-session.ts';

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
  /**
   * Signs a record user in by an access of the selected database. The session ends with the engine.
   * Throws SPOOKY_DB_QUERY_FAILED when the access refuses.
   *
   * @param variables what the SIGNIN clause of the access reads
   */
  signIn(access: string, variables: Record<string, unknown>): Promise<RecordSession>;
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
  let selected: Selection = { namespace: '', database: '' };
  return {
    version: await engine.version(),
    async use(namespace, database) {
      await engine.useAsOwner(namespace, database);
      selected = { namespace, database };
    },
    query: (text, variables) => engine.queryAsOwner(text, variables),
    signIn: (access, variables) => openRecordSession(engine, selected, access, variables),
    close: () => opened.close(),
  };
}
