/** The server: one engine, one HTTP port, WebSockets on `/rpc`. */
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
import { findLeftOverLives } from './left-over-lives/find.ts';
import { leaveMarker, removeMarker } from './left-over-lives/marker.ts';
import { LiveCounts } from './live-rules/live-counts.ts';
import { type Logger, silentLogger } from './logger.ts';
import { createConnect } from './session/connect.ts';
import { defaultLimits, type ServerLimits } from './session/limits.ts';
import { createSignInThrottle } from './sign-in/sign-in-throttle.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Storage } from './storage/storage.ts';
import { watchStorage } from './storage/storage-watch.ts';
import { WriteSignal } from './write-signal/write-signal.ts';

export interface ServerOptions {
  readonly storage: Storage;
  /** The address to listen on; default 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** The port; default 0, any free one. */
  readonly port?: number;
  /** The owner of everything, (re)defined at each start. Without it, only users that the database knows can sign in. */
  readonly root?: RootUser;
  /** Refuses to start when no user could sign in as the owner: no `root` here, and none in the data. Default: false. */
  readonly requireRoot?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
  /** The largest request, in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** How much may wait for a client that reads slowly before it is disconnected, in bytes; default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /**
   * What clients may make the engine do beyond its data; default nothing. A RocksDB folder that this process had open
   * before keeps what it was opened with, this and the two options below.
   */
  readonly allow?: EngineAllowances;
  /** How long one statement may take, in milliseconds; default 60,000; 0 = no limit. */
  readonly queryTimeoutMs?: number;
  /** The engine's planner; default `best-effort`. See docs/decisions/0025. */
  readonly planner?: 'best-effort' | 'compute-only';
  /** What one connection may take; see `ServerLimits` for each limit and its default. */
  readonly limits?: Partial<ServerLimits>;
  /**
   * Accepts record users only on a connection whose own session is signed in as a service user, and there only on other
   * sessions: those of a gateway. Default: false, as a real server behaves.
   */
  readonly serviceOnly?: boolean;
  /**
   * The origins of the web pages that may use the server, such as `http://localhost:3600`; default none. Clients that
   * are no browsers send no Origin and need no entry.
   */
  readonly origins?: readonly string[];
  /**
   * Host names under which clients may reach the server, besides `host`, loopback names and IP addresses; default none.
   * Any other `Host` is refused, so that no web page can reach the server by a name that it makes resolve to it.
   */
  readonly hosts?: readonly string[];
  /** Whether sign-ins and sign-ups wait in a fair queue, and guessing passwords is slowed down; default true. */
  readonly throttleSignIns?: boolean;
  /** How long `close` waits for clients and running requests, in milliseconds; default 3000. */
  readonly closeTimeoutMs?: number;
}

export interface SurrealServer {
  /** For the SDK's `connect`: `ws://127.0.0.1:8000/rpc`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The engine's version, such as `surrealdb-3.0.2`. */
  readonly version: string;
  /**
   * Resolves when the engine has answered a question, however long that takes; rejects when its answer is an error. A
   * supervisor's heartbeat follows this: while a query blocks the engine's thread, the process itself seems alive.
   */
  ask(): Promise<void>;
  /** Ends every connection and gives the folder back; bounded in time, and safe to call again. */
  close(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;

/** How long a client may take to close its side; enough for any that still reads. */
const GOODBYE_MS = 250;
/** How long the engine may take to end what a client that was cut off leaves behind: a live query would stay for ever. */
const CLEANUP_MS = 500;

/**
 * Starts a SurrealDB server over the engine in this process. If the start fails, what had been opened is closed again.
 *
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
    if (storage.endedLives > 0) logger.info({ count: storage.endedLives }, 'ended the live queries of a killed server');
    if (folder !== undefined) await warnOfLeftOvers(engine, folder, logger);
    const version = await engine.version();
    const http = createServer();
    const throttle = options.throttleSignIns === false ? undefined : createSignInThrottle();
    const liveCounts = new LiveCounts(async () => {
      // On a full disk live queries still work; the next start then finds theirs late.
      if (folder !== undefined) await leaveMarker(folder).catch(() => {});
    });
    const writeSignal = new WriteSignal();
    const probe = new EngineProbe(engine);
    const limits = { ...defaultLimits, ...options.limits };
    const connect = createConnect(
      { engine, limits, serviceOnly: options.serviceOnly ?? false, writeSignal, liveCounts },
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
    logger.info({ host, port, version, storage: options.storage.type }, 'the database listens');

    const stopWatching = folder === undefined ? undefined : watchStorage(folder, logger);

    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      handler.stop();
      writeSignal.close();
      await within(options.closeTimeoutMs ?? 3000, Promise.all([endListening(http), sockets.stop()]));
      await within(GOODBYE_MS, sockets.closeAll());
      await within(CLEANUP_MS, sockets.terminate());
      http.closeAllConnections();
      stopWatching?.();
      if (folder !== undefined && liveCounts.running === 0) await removeMarker(folder);
      await storage.close();
      logger.info({ port }, 'the database has closed');
    };
    return {
      url: `ws://${urlHost(host)}:${port}/rpc`,
      host,
      port,
      version,
      ask: () => probe.ask(),
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

/** Live queries that could not be ended before the start; the next start looks again. */
async function warnOfLeftOvers(engine: Engine, folder: string, logger: Logger): Promise<void> {
  const lives = await findLeftOverLives(engine);
  if (lives.length === 0) return;
  const tables = new Set(lives.map(({ namespace, database, table }) => [namespace, database, table].join('/')));
  await leaveMarker(folder);
  const message =
    'a killed server left live queries behind, each of which slows down writes by about 0.12 ms; the next start tries to end them, and an export into a new folder is free of them';
  logger.warn({ count: lives.length, tables: [...tables] }, message);
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
