/**
 * The engine of `@surrealdb/node`, reduced to bytes in and bytes out.
 *
 * Its driver takes the CBOR codec from outside. With a codec that passes bytes through, it forwards requests, results
 * and notifications without decoding them: measured, that gives about a fifth more throughput.
 */
import type { NodeEngine } from '@surrealdb/node';
import { type ConnectionState, type DriverContext, JsonCodec, type ValueCodec } from 'surrealdb';
import { EmbeddedSurrealError } from '../errors.ts';
import { codec } from '../protocol/codec.ts';
import { ABORTING_FUNCTIONS } from './denied-functions.ts';

export interface NativeEngine {
  /** One RPC request and its bare answer, both CBOR. Rejects when the engine cannot even read the request. */
  execute(request: Uint8Array): Promise<Uint8Array>;
  /** Gets every live notification of every session, in order; one listener at a time. */
  onNotification: (notification: Uint8Array) => void;
  /** SurrealQL of everything in the database that the engine's own session has selected. */
  exportSql(options: object): Promise<string>;
  /** Lets go of the data. Nothing may be executed afterwards: the engine would abort the process. */
  free(): Promise<void>;
}

/** What clients may make the engine do beyond its data. Scripts are not among it: this engine is built without them. */
export interface EngineAllowances {
  /**
   * The functions of `ABORTING_FUNCTIONS` that may be called nevertheless: all of them, or some by name; default none.
   * Each can end the process if it is called with the wrong arguments.
   */
  readonly functions?: boolean | readonly string[];
  /** The hosts that `http::…` may reach: all of them, or `host` and `host:port` by name; default none. */
  readonly network?: boolean | readonly string[];
}

/** How the engine is set up; fixed for as long as it is open. */
export interface EngineOptions {
  readonly allow?: EngineAllowances;
  /** How long one statement may take, in milliseconds; the engine counts whole seconds. Default 60,000; 0 = no limit. */
  readonly queryTimeoutMs?: number;
  /**
   * `compute-only` is the engine's older planner: safer and slower; default `best-effort`, as a real server starts.
   * docs/decisions/0025 says what each does.
   */
  readonly planner?: 'best-effort' | 'compute-only';
}

/** Longer than any statement of ours: 100,000 rows are indexed in a few seconds, and an import arrives in batches. */
const DEFAULT_QUERY_TIMEOUT_MS = 60_000;

/**
 * As a real server starts: functions, but no scripts, no network, no guests and nothing experimental. Functions that can
 * abort the process are denied.
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

/** Bytes on their way through the driver. The driver looks at `id` for notifications only, so reading it tells. */
class Passed {
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

/** Opens the engine at an endpoint such as `mem://` or `rocksdb:///folder`. Rejects with the engine's own words. */
export async function openNativeEngine(endpoint: string, options: EngineOptions = {}): Promise<NativeEngine> {
  const opened: { onNotification: (notification: Uint8Array) => void } = { onNotification: () => {} };
  const passThrough: ValueCodec = {
    encode: <T>(request: T) => requestBytes(request),
    decode: <T>(bytes: Uint8Array) => new Passed(bytes, (notification) => opened.onNotification(notification)) as T,
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
    // The driver reads the URL and nothing else, and as text: a real URL would escape spaces in a folder's name.
    driver.open({ url: { toString: () => endpoint } } as ConnectionState);
  });

  let freed = false;
  return Object.assign(opened, {
    execute: async (request: Uint8Array): Promise<Uint8Array> => {
      if (freed) throw new EmbeddedSurrealError('SPOOKY_DB_ENGINE_CLOSED', 'The engine is closed; start a new server.');
      const answer = await driver.send<string, [Uint8Array], Passed>({ method: '', params: [request] });
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
 * What the engine reads from the environment while it is loaded; a variable that is set already stays.
 *
 * One worker thread: the engine passes each write's notifications on in a task of its own, so with several threads they
 * overtake each other. Of 2,000 updates, each sent after the answer to the one before, about 420 arrived too early in
 * memory and up to 3 on RocksDB; with one thread, none. Storage work has threads of its own either way.
 *
 * A stack of 64 MiB, of which only what is used costs memory. A thread that overflows its stack ends the process: with
 * the usual 2 MiB a sum of 1,000 terms does it, or a function that calls itself 200 times; with 64 MiB, 10,000 and 1,000
 * are fine. A real server gives its threads 10 MiB.
 */
const environment = { TOKIO_WORKER_THREADS: '1', RUST_MIN_STACK: String(64 * 1024 * 1024) };

async function loadDriver(): Promise<typeof NodeEngine> {
  const own = Object.entries(environment).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of own) process.env[name] = value;
  try {
    return (await import('@surrealdb/node')).NodeEngine;
  } finally {
    for (const [name] of own) delete process.env[name];
  }
}

/** `execute` hands its bytes over as the only parameter; an export's options are still values. */
function requestBytes(request: unknown): Uint8Array {
  const params = request !== null && typeof request === 'object' && 'params' in request ? request.params : undefined;
  const bytes: unknown = Array.isArray(params) ? params[0] : undefined;
  return bytes instanceof Uint8Array ? bytes : codec.encode(request);
}
