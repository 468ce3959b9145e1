/** The server: one engine, one HTTP port, and WebSockets on `/rpc`. */
import { createServer } from 'node:http';
import { isIP } from 'node:net';
import type { Engine } from './engine/engine.ts';
import { EngineProbe } from './engine/engine-probe.ts';
import type { EngineAllowances, EngineOptions } from './engine/native-engine.ts';
import { defineRoot, type RootUser, requireRoot } from './engine/root-user.ts';
import { createHttpHandler } from './http/http.ts';
import { endListening, listen } from './http/listen.ts';
import { createOriginPolicy } from './http/origin-policy.ts';
import { attachSockets } from './http/socket-server.ts';
import { LiveQueryCounts } from './live-queries/live-query-counts.ts';
import { type Logger, silentLogger } from './logger.ts';
import { findOrphanedLiveQueries } from './orphaned-live-queries/find-orphans.ts';
import { removeMarker, writeMarker } from './orphaned-live-queries/marker.ts';
import { createConnect } from './session/connect.ts';
import { defaultLimits, type ServerLimits } from './session/limits.ts';
import { createSignInThrottle } from './sign-in/sign-in-throttle.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Storage } from './storage/storage.ts';
import { watchStorage } from './storage/storage-watch.ts';
import { WriteSignal } from './write-signal/write-signal.ts';

/** Options of {@link startServer}. Only `storage` is required. */
export interface ServerOptions {
  /** Where the data is kept: in memory, or in a RocksDB folder. */
  readonly storage: Storage;
  /** The address to listen on. Default: `127.0.0.1`, which is only reachable from this machine. */
  readonly host?: string;
  /** The port. Default: 0, which means any free port. */
  readonly port?: number;
  /**
   * The root user, who has every right. It is defined, or its password changed, at each start. Default: none; then only
   * users that the database already has can sign in.
   */
  readonly root?: RootUser;
  /**
   * Whether to refuse to start if no root user could sign in: `root` is not given and the data has none. Default:
   * false.
   */
  readonly requireRoot?: boolean;
  /** Receives the server's log. Default: nothing is logged. */
  readonly logger?: Logger;
  /** The largest accepted request, in bytes. Default: 16 MiB. */
  readonly maxMessageBytes?: number;
  /** How many bytes may wait for a client that reads slowly before it is disconnected. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
  /**
   * What clients may do beyond reading and writing data. Default: nothing. If this process already had the RocksDB
   * folder open, the earlier values of this option and the two below stay in force.
   */
  readonly allow?: EngineAllowances;
  /** The longest time that one statement may take, in milliseconds. Default: 60,000. 0 means no limit. */
  readonly queryTimeoutMs?: number;
  /** The engine's query planner; see docs/decisions/0025. Default: `best-effort`. */
  readonly planner?: 'best-effort' | 'compute-only';
  /** Limits of a connection and of the server; see {@link ServerLimits} for each limit and its default. */
  readonly limits?: Partial<ServerLimits>;
  /**
   * Whether to accept record users only on connections whose default session is signed in as a service user, and there
   * only on the other sessions. A gateway connects this way. Default: false, as in a real server.
   */
  readonly serviceOnly?: boolean;
  /**
   * The origins of web pages that may use the server, such as `http://localhost:3600`. Default: none. Clients other
   * than browsers send no Origin and need no entry.
   */
  readonly origins?: readonly string[];
  /**
   * Host names under which clients may reach the server, besides `host`, loopback names and IP addresses. Default:
   * none. A request with any other `Host` is refused, so that a web page cannot reach the server through a host name
   * that it controls.
   */
  readonly hosts?: readonly string[];
  /** Whether sign-ins and sign-ups wait in a fair queue and repeated failures are slowed down. Default: true. */
  readonly throttleSignIns?: boolean;
  /** How long `close` waits for clients and running requests, in milliseconds. Default: 3,000. */
  readonly closeTimeoutMs?: number;
}

/** A running server. */
export interface SurrealServer {
  /** The URL for the SDK's `connect`, such as `ws://127.0.0.1:8000/rpc`. */
  readonly url: string;
  /** The address that the server listens on. */
  readonly host: string;
  /** The port that the server listens on. */
  readonly port: number;
  /** The version of the engine, such as `surrealdb-3.0.2`. */
  readonly version: string;
  /**
   * Runs a minimal query in the engine. Resolves when the engine answers, however long that takes. Rejects if the
   * answer is an error. Use it for a supervisor's heartbeat: while a query blocks the engine's thread, the process
   * itself looks alive.
   */
  ping(): Promise<void>;
  /** Answers running requests, closes every connection and closes the data. Bounded in time. Safe to call again. */
  close(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;

/** How long a client may take to close its side, in milliseconds. Enough for any client that still reads. */
const CLOSE_HANDSHAKE_MS = 250;
/**
 * How long the engine may take to clean up after disconnected clients, in milliseconds. A live query that is not ended
 * stays for ever.
 */
const CLEANUP_MS = 500;

/**
 * Starts a SurrealDB server with the engine in this process. If the start fails, everything opened so far is closed
 * again.
 *
 * @returns the running server, once it accepts connections
 * @throws EmbeddedSurrealError SPOOKY_DB_FOLDER_IN_USE, SPOOKY_DB_FOLDER_FOREIGN, SPOOKY_DB_FOLDER_UNUSABLE,
 *   SPOOKY_DB_FOLDER_DAMAGED, SPOOKY_DB_DISK_FULL, SPOOKY_DB_ENGINE_FAILED, SPOOKY_DB_ROOT_INVALID,
 *   SPOOKY_DB_ORIGIN_INVALID, SPOOKY_DB_ADDRESS_IN_USE, SPOOKY_DB_LISTEN_FAILED
 */
export async function startServer(options: ServerOptions): Promise<SurrealServer> {
  const logger = options.logger ?? silentLogger;
  const host = options.host ?? '127.0.0.1';
  const originPolicy = createOriginPolicy({
    origins: options.origins ?? [],
    hosts: [...(options.hosts ?? []), ...(isIP(host) === 0 ? [host] : [])],
  });
  const folder = options.storage.type === 'rocksdb' ? options.storage.path : undefined;
  const storage = await openStorage(options.storage, engineOptions(options));
  const { engine } = storage;
  try {
    if (storage.warning !== undefined) logger.warn({ storage: options.storage }, storage.warning);
    if (options.root !== undefined) await defineRoot(engine, options.root);
    else if (options.requireRoot === true) await requireRoot(engine);
    if (storage.endedLiveQueries > 0)
      logger.info({ count: storage.endedLiveQueries }, 'ended the live queries of a killed server');
    if (folder !== undefined) await warnAboutOrphans(engine, folder, logger);
    const version = await engine.version();
    const http = createServer();
    const throttle = options.throttleSignIns === false ? undefined : createSignInThrottle();
    const liveQueryCounts = new LiveQueryCounts(async () => {
      // On a full disk live queries still work. The next start then only warns about theirs, and the one after it ends
      // them.
      if (folder !== undefined) await writeMarker(folder).catch(() => {});
    });
    const writeSignal = new WriteSignal();
    const probe = new EngineProbe(engine);
    const limits = { ...defaultLimits, ...options.limits };
    const connect = createConnect(
      { engine, limits, serviceOnly: options.serviceOnly ?? false, writeSignal, liveQueryCounts },
      throttle,
    );
    const maxBodyBytes = options.maxMessageBytes ?? 16 * MEBIBYTE;
    const sockets = attachSockets(http, {
      ...{ connect, logger, originPolicy },
      maxPayload: maxBodyBytes,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * MEBIBYTE,
      maxConnections: limits.connections,
    });
    const handler = createHttpHandler({ connect, probe, version, logger, maxBodyBytes, originPolicy });
    http.on('request', handler.handle);
    const port = await listen(http, host, options.port ?? 0);
    logger.info({ host, port, version, storage: options.storage.type }, 'the database is listening');

    const stopWatching = folder === undefined ? undefined : watchStorage(folder, logger);

    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      handler.stop();
      writeSignal.close();
      await within(options.closeTimeoutMs ?? 3000, Promise.all([endListening(http), sockets.stop()]));
      await within(CLOSE_HANDSHAKE_MS, sockets.closeAll());
      await within(CLEANUP_MS, sockets.terminate());
      http.closeAllConnections();
      stopWatching?.();
      if (folder !== undefined && liveQueryCounts.running === 0) await removeMarker(folder);
      await storage.close();
      logger.info({ port }, 'the database has closed');
    };
    return {
      url: `ws://${urlHost(host)}:${port}/rpc`,
      host,
      port,
      version,
      ping: () => probe.ping(),
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Warns about live queries that could not be ended before the start. The next start tries again. */
async function warnAboutOrphans(engine: Engine, folder: string, logger: Logger): Promise<void> {
  const orphans = await findOrphanedLiveQueries(engine);
  if (orphans.length === 0) return;
  const tables = new Set(orphans.map(({ namespace, database, table }) => [namespace, database, table].join('/')));
  await writeMarker(folder);
  const message =
    'a killed server left live queries in the data folder, each of which slows down every write to its table by about ' +
    '0.12 ms; the next start tries to end them; to end them now, export the data and import it into a new folder';
  logger.warn({ count: orphans.length, tables: [...tables] }, message);
}

const engineOptions = ({ allow, queryTimeoutMs, planner }: ServerOptions): EngineOptions => ({
  ...(allow && { allow }),
  ...(queryTimeoutMs !== undefined && { queryTimeoutMs }),
  ...(planner && { planner }),
});

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
