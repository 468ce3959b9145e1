import { openStorage } from '../storage/open-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { openRecordSession, type RecordSession, type Selection } from './record-session.ts';

/** An engine in this process, without a server. It runs with every right. */
export interface EmbeddedEngine {
  /** The version of the engine, such as `surrealdb-3.0.2`. */
  readonly version: string;
  /**
   * Selects a namespace and a database for the queries that follow. Creates them if they do not exist.
   *
   * @throws EmbeddedSurrealError `SPOOKY_DB_QUERY_FAILED` if the engine refuses one of the names
   */
  use(namespace: string, database: string): Promise<void>;
  /**
   * Runs SurrealQL with every right.
   *
   * @param text one or more statements
   * @param variables values for the parameters in the text; default: none
   * @returns one decoded result per statement, in the SDK's classes
   * @throws EmbeddedSurrealError `SPOOKY_DB_QUERY_FAILED` with the engine's message if a statement fails
   */
  query(text: string, variables?: Record<string, unknown>): Promise<unknown[]>;
  /**
   * Signs in a record user through an access of the selected database. The session ends when the engine closes.
   *
   * @param access the name of the access
   * @param variables the values that the SIGNIN clause of the access reads
   * @throws EmbeddedSurrealError `SPOOKY_DB_QUERY_FAILED` if the access refuses
   */
  signIn(access: string, variables: Record<string, unknown>): Promise<RecordSession>;
  /** Releases the data. A RocksDB folder stays locked until this process ends; see the README. */
  close(): Promise<void>;
}

/**
 * Opens an engine in this process, without a server, for example to read a parsed schema or to run a script.
 *
 * @param storage where the data is; default: memory
 * @throws EmbeddedSurrealError with the storage codes of {@link startServer}
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
