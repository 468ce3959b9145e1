import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Logger, type Storage, startServer } from '@spookify/embedded-surreal';
import { CliError } from '../errors.ts';
import { exitCodeOf, onStopSignals } from '../signals.ts';

export interface DbStartOptions {
  /** `memory` or `rocksdb:PATH`. */
  readonly storage: string;
  /** `HOST:PORT`. */
  readonly bind: string;
  readonly user: string | undefined;
  readonly pass: string | undefined;
  readonly logger: Logger;
}

/** Runs the embedded database in the foreground until a signal stops it; returns the exit code. */
export async function runDbStart(options: DbStartOptions): Promise<number> {
  const storage = parseStorage(options.storage);
  const { host, port } = parseBind(options.bind);
  const root = parseRoot(options);
  if (storage.type === 'rocksdb') await mkdir(path.dirname(storage.path), { recursive: true });
  const server = await startServer({ storage, host, port, logger: options.logger, ...(root && { root }) });
  const stopped = Promise.withResolvers<void>();
  const detach = onStopSignals({ first: () => stopped.resolve(), again: (signal) => process.exit(exitCodeOf(signal)) });
  await stopped.promise;
  await server.close();
  detach();
  return 0;
}

/** @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` */
export function parseStorage(text: string): Storage {
  if (text === 'memory') return { type: 'memory' };
  const place = /^rocksdb:(?:\/\/)?(.+)$/.exec(text)?.[1];
  if (place !== undefined) return { type: 'rocksdb', path: path.resolve(place) };
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `${text} is no storage; write memory, or rocksdb:PATH for a folder.`);
}

/** @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` */
export function parseBind(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `${text} is no address; write HOST:PORT, such as 127.0.0.1:3666.`);
  }
  return { host: host?.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
}

function parseRoot({ user, pass }: DbStartOptions): { username: string; password: string } | undefined {
  if (user === undefined && pass === undefined) return undefined;
  if (user && pass) return { username: user, password: pass };
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', 'The owner needs a name and a password; give both --user and --pass.');
}
