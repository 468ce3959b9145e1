import path from 'node:path';
import { type Logger, type RootUser, type Storage, startServer } from '@spookify/embedded-surreal';
import { parseBind } from '../bind.ts';
import { CliError } from '../errors.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';

export interface DbStartOptions {
  /** `memory` or `rocksdb:PATH`. */
  readonly storage: string;
  /** `HOST:PORT`. */
  readonly bind: string;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  /** Accept record users only on the connection of a service user. */
  readonly serviceOnly: boolean;
  /** The origins of web pages that may connect. */
  readonly origins: readonly string[];
  /** The host names that clients may use, in addition to localhost and IP addresses. */
  readonly hosts: readonly string[];
  /** The time limit of a statement, in seconds. 0 for no limit. */
  readonly queryTimeout: string;
  /** Names of functions, separated by commas. */
  readonly allowFuncs?: string | undefined;
  readonly logger: Logger;
}

/**
 * Runs the embedded database in the foreground until a signal stops it.
 *
 * There is no default password. Without a name and a password, the folder must have an owner already.
 *
 * @returns the exit code: 0
 * @throws CliError `SPOOKY_CLI_USAGE`, `SPOOKY_CLI_MISSING_SECRET`
 */
export async function runDbStart(options: DbStartOptions): Promise<number> {
  const storage = parseStorage(options.storage);
  const { host, port } = parseBind(options.bind, '127.0.0.1:3666');
  const root = parseRoot(options, storage);
  const { logger, serviceOnly, origins, hosts } = options;
  const queryTimeoutMs = parseQueryTimeout(options.queryTimeout);
  const functions = options.allowFuncs?.split(',').map((name) => name.trim());
  // Other users of this machine cannot read the files that the engine writes.
  process.umask(0o077);
  const stopped = Promise.withResolvers<void>();
  const detach = onStopSignals({ first: () => stopped.resolve(), again: (signal) => process.exit(exitCodeOf(signal)) });
  try {
    const server = await startServer({
      ...{ storage, host, port, logger, queryTimeoutMs, serviceOnly, origins, hosts },
      ...(root ? { root } : { requireRoot: true }),
      ...(functions && { allow: { functions } }),
    });
    if (!isLoopback(host)) {
      logger.warn(
        { host, port },
        'other machines can reach the database over unencrypted connections; put a TLS proxy in front',
      );
    }
    await stopped.promise;
    await server.close();
    return 0;
  } finally {
    detach();
  }
}

/** The storages of other SurrealDB servers, each with a hint. */
const ELSEWHERE = 'Only a SurrealDB server supports it; write memory, or rocksdb:PATH for a folder.';
const OTHER_STORAGES: Readonly<Record<string, string>> = {
  surrealkv: 'It can give one row to two concurrent writers; write rocksdb:PATH for a folder.',
  file: 'Write rocksdb:PATH for a folder.',
  speedb: ELSEWHERE,
  tikv: ELSEWHERE,
  fdb: ELSEWHERE,
  indxdb: ELSEWHERE,
};

/**
 * Parses `memory` or `rocksdb:PATH`, and the spellings of `surreal start`.
 *
 * @throws CliError `SPOOKY_CLI_USAGE`
 */
export function parseStorage(text: string): Storage {
  if (/^mem(ory)?(:(\/\/)?)?$/.test(text)) return { type: 'memory' };
  const [, kind = text, place = ''] = /^([\w+-]*):(?:\/\/)?(.*)$/.exec(text) ?? [];
  if (kind === 'rocksdb' && place !== '') return { type: 'rocksdb', path: path.resolve(place) };
  throw new CliError('SPOOKY_CLI_USAGE', `${text} is not a supported storage. ${storageHint(kind, place)}`);
}

function storageHint(kind: string, place: string): string {
  const other = OTHER_STORAGES[kind.toLowerCase()];
  if (other !== undefined) return other;
  if (kind === 'rocksdb') return 'Name the folder as well: rocksdb:PATH.';
  if (resembles(kind, 'rocksdb')) return `Did you mean rocksdb:${place || 'PATH'}?`;
  if (resembles(kind, 'memory')) return 'Did you mean memory?';
  return 'Write memory, or rocksdb:PATH for a folder.';
}

/** Whether the words differ by at most two typing errors. */
function resembles(text: string, wanted: string): boolean {
  const letters = text.toLowerCase();
  let row = Array.from({ length: wanted.length + 1 }, (_, index) => index);
  for (let at = 0; at < letters.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < wanted.length; to += 1) {
      const same = letters[at] === wanted[to] ? 0 : 1;
      next.push(Math.min((next[to] ?? 0) + 1, (row[to + 1] ?? 0) + 1, (row[to] ?? 0) + same));
    }
    row = next;
  }
  return (row[wanted.length] ?? wanted.length) <= 2;
}

/**
 * Parses whole seconds, such as `60` or `60s`, and returns milliseconds.
 *
 * @throws CliError `SPOOKY_CLI_USAGE`
 */
export function parseQueryTimeout(text: string): number {
  if (/^\d{1,6}s?$/.test(text)) return Number.parseInt(text, 10) * 1000;
  throw new CliError('SPOOKY_CLI_USAGE', `${text} is not a timeout; write seconds, such as 60, or 0 for no limit.`);
}

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(host);
}

function parseRoot({ user, pass }: DbStartOptions, storage: Storage): RootUser | undefined {
  if (user && pass) return { username: user, password: pass };
  if (user || pass) {
    throw new CliError('SPOOKY_CLI_USAGE', 'The owner needs a name and a password; give both --user and --pass.');
  }
  if (storage.type === 'rocksdb') return undefined;
  const message =
    'The database would have no owner; set SURREAL_USER and SURREAL_PASS to create one. There is no default.';
  throw new CliError('SPOOKY_CLI_MISSING_SECRET', message);
}
