import { type Link, LinkError, type LinkOptions, withLink } from '@spookify/surreal-link';
import { CliError } from './errors.ts';

/** Where to connect, as which user, and what to do when that user is refused. */
export interface Target extends Pick<LinkOptions, 'url' | 'namespace' | 'database' | 'username' | 'password'> {
  /** Second half of the message when the database does not let the user in. */
  readonly remedy: string;
  /** The user may be defined on any level, and makes namespace and database if they are missing. Default: false. */
  readonly isOwner?: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Runs `work` on a connection to the database, and closes it. Statements take as long as they take: a person waits for
 * them, and a migration may be long.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE` when nothing answers, the user is refused, or the connection is lost
 */
export async function withConnection<T>(target: Target, work: (link: Link) => Promise<T>): Promise<T> {
  const { remedy, isOwner = false, ...options } = target;
  const asOwner = { levels: ['root', 'namespace', 'database'], defineMissing: true } as const;
  const patience = {
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    queryTimeoutMs: Number.POSITIVE_INFINITY,
    heartbeatMs: Number.POSITIVE_INFINITY,
  };
  try {
    return await withLink({ ...options, ...patience, ...(isOwner && asOwner) }, work);
  } catch (error) {
    throw error instanceof LinkError ? cliError(error, target) : error;
  }
}

function cliError(cause: LinkError, { url, username, remedy }: Target): unknown {
  const unreachable = (message: string): CliError =>
    new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', `The database at ${url} ${message}`, { cause });
  switch (cause.code) {
    case 'SPOOKY_LINK_SIGN_IN_REFUSED':
    case 'SPOOKY_LINK_SIGN_IN_FAILED':
      return unreachable(`does not let ${username} in; ${remedy}`);
    case 'SPOOKY_LINK_AWAY':
    case 'SPOOKY_LINK_LOST':
    case 'SPOOKY_LINK_SILENT':
      return unreachable('does not answer; start it (spooky dev, spooky db start), or correct the address.');
    default:
      return cause;
  }
}
