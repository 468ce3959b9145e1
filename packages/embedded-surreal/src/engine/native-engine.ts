/**
 * The engine of `@surrealdb/node` with bytes as its interface: a CBOR request in, a CBOR answer out.
 *
 * The driver accepts a CBOR codec as an option. Given a codec that passes bytes through, it forwards requests, results
 * and notifications without decoding them, which measured about a fifth more throughput.
 */
import type { NodeEngine } from '@surrealdb/node';
import { type ConnectionState, type DriverContext, JsonCodec, type ValueCodec } from 'surrealdb';
import { EmbeddedSurrealError } from '../errors.ts';
import { codec } from '../protocol/codec.ts';
import { ABORTING_FUNCTIONS } from './denied-functions.ts';

export interface NativeEngine {
  /**
   * Runs one RPC request and returns its answer without an envelope, both as CBOR. Rejects if the engine cannot read
   * the request.
   */
  execute(request: Uint8Array): Promise<Uint8Array>;
  /** Receives every live notification of every session, in order. Only one listener at a time. */
  onNotification: (notification: Uint8Array) => void;
  /** Everything in the database that the engine's default session has selected, as SurrealQL. */
  exportSql(options: object): Promise<string>;
  /** Releases the data. Nothing may run afterwards: the engine would abort the process. */
  free(): Promise<void>;
}

/**
 * What clients may do beyond reading and writing data. There is no option for scripts: this engine is built without
 * them.
 */
export interface EngineAllowances {
  /**
   * Functions of `ABORTING_FUNCTIONS` that clients may call: `true` for all of them, or a list of names. Default: none.
   * Each of them can end the process if it is called with the wrong arguments.
   */
  readonly functions?: boolean | readonly string[];
  /**
   * Hosts that `http::…` functions may reach: `true` for all of them, or a list of `host` and `host:port`. Default:
   * none.
   */
  readonly network?: boolean | readonly string[];
}

/** Settings of the engine. They cannot change while it is open. */
export interface EngineOptions {
  readonly allow?: EngineAllowances;
  /**
   * The longest time that one statement may take, in milliseconds; the engine counts in whole seconds. Default: 60,000.
   * 0 means no limit.
   */
  readonly queryTimeoutMs?: number;
  /**
   * The query planner. `compute-only` is the engine's older planner, which is safer and slower. Default: `best-effort`,
   * as in a real server. docs/decisions/0025 compares the two.
   */
  readonly planner?: 'best-effort' | 'compute-only';
}

/**
 * Longer than any statement of the project: indexing 100,000 rows takes a few seconds, and an import runs in batches.
 */
const DEFAULT_QUERY_TIMEOUT_MS = 60_000;

/**
 * The capabilities of a real server with default settings: functions, but no scripts, no network, no guests and no
 * experimental features. In addition, functions that can abort the process are denied.
 */
function capabilities({ network = false, functions = false }: EngineAllowances, planner: string) {
  const allowed = typeof functions === 'boolean' ? (functions ? ABORTING_FUNCTIONS : []) : functions;
  return {
    planner_strategy: planner,
    scripting: false,
    guest_access: false,
    live_query_notifications: true,
    functions: { allow: true, deny: ABORTING_FUNCTIONS.filter((name) => !allowed.includes(name)) },
    network_targets: typeof network === 'boolean' ? network : [...network],
    experimental: false,
  };
}

/**
 * Bytes that pass through the driver undecoded. The driver reads `id` only of a notification, so a read of `id`
 * identifies one.
 */
class UndecodedBytes {
  readonly bytes: Uint8Array;
  readonly #notify: (notification: Uint8Array) => void;

  constructor(bytes: Uint8Array, notify: (notification: Uint8Array) => void) {
    this.bytes = bytes;
    this.#notify = notify;
  }

  get id(): undefined {
    this.#notify(this.bytes);
    return undefined;
  }
}

/** Opens the engine at an endpoint such as `mem://` or `rocksdb:///folder`. Rejects with the engine's own error. */
export async function openNativeEngine(endpoint: string, options: EngineOptions = {}): Promise<NativeEngine> {
  const opened: { onNotification: (notification: Uint8Array) => void } = { onNotification: () => {} };
  const passThrough: ValueCodec = {
    encode: <T>(request: T) => requestBytes(request),
    decode: <T>(bytes: Uint8Array) =>
      new UndecodedBytes(bytes, (notification) => opened.onNotification(notification)) as T,
  };
  const context: DriverContext = {
    options: {},
    uniqueId: () => '',
    codecs: { cbor: passThrough, flatbuffer: passThrough, json: new JsonCodec({}) },
  };
  const NodeEngine = await loadDriver();
  const { allow = {}, queryTimeoutMs = DEFAULT_QUERY_TIMEOUT_MS, planner = 'best-effort' } = options;
  const driver = new NodeEngine(context, {
    ...(queryTimeoutMs > 0 && { query_timeout: Math.max(1, Math.round(queryTimeoutMs / 1000)) }),
    capabilities: capabilities(allow, planner),
  });
  await new Promise<void>((resolve, reject) => {
    driver.subscribe('connected', resolve);
    driver.subscribe('error', (error) => reject(error.cause instanceof Error ? error.cause : error));
    // The driver only converts the URL to text. A real URL object would escape spaces in the folder's name.
    driver.open({ url: { toString: () => endpoint } } as ConnectionState);
  });

  let freed = false;
  return Object.assign(opened, {
    execute: async (request: Uint8Array): Promise<Uint8Array> => {
      if (freed)
        throw new EmbeddedSurrealError(
          'SPOOKY_DB_ENGINE_CLOSED',
          'The engine is closed; open it again or start a new server.',
        );
      const answer = await driver.send<string, [Uint8Array], UndecodedBytes>({ method: '', params: [request] });
      return answer.bytes;
    },
    exportSql: async (options: object): Promise<string> => {
      const response = await driver.exportSql({ ...options });
      return response.text();
    },
    free: async (): Promise<void> => {
      freed = true;
      await driver.close();
    },
  });
}

/**
 * Environment variables that the engine reads while it is loaded. Variables that are already set are kept.
 *
 * One worker thread: the engine delivers the notifications of each write in a separate task, so with several threads
 * they overtake each other. Of 2,000 updates, each sent after the answer to the one before, about 420 notifications
 * arrived too early in memory and up to 3 on RocksDB. With one thread, none did. Storage work runs on separate threads
 * either way.
 *
 * A stack of 64 MiB, of which only the used part takes memory. A thread that overflows its stack ends the process. With
 * the default of 2 MiB, a sum of 1,000 terms or a function that calls itself 200 times is enough; with 64 MiB, 10,000
 * terms and 1,000 calls are safe. A real server gives its threads 10 MiB.
 */
const environment = { TOKIO_WORKER_THREADS: '1', RUST_MIN_STACK: String(64 * 1024 * 1024) };

/**
 * The deepest nesting in a text, which the engine reads from the environment with the first text. An export writes rows
 * as text: with the default of 20, one row that is nested more than 17 levels makes the import of all rows fail. Requests
 * can hold 32 levels.
 */
const MAX_TEXT_DEPTH = '64';

async function loadDriver(): Promise<typeof NodeEngine> {
  process.env.SURREAL_MAX_QUERY_PARSING_DEPTH ??= MAX_TEXT_DEPTH;
  const own = Object.entries(environment).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of own) process.env[name] = value;
  try {
    return (await import('@surrealdb/node')).NodeEngine;
  } finally {
    for (const [name] of own) delete process.env[name];
  }
}

/** `execute` passes its bytes as the only parameter; the options of an export are still values. */
function requestBytes(request: unknown): Uint8Array {
  const params = request !== null && typeof request === 'object' && 'params' in request ? request.params : undefined;
  const bytes: unknown = Array.isArray(params) ? params[0] : undefined;
  return bytes instanceof Uint8Array ? bytes : codec.encode(request);
}
