import { type Link, LinkError, type LinkOptions, withLink } from '@spookify/surreal-link';
import { CliError } from './errors.ts';

/** Where to connect and as which user. */
export interface Target extends Pick<LinkOptions, 'url' | 'namespace' | 'database' | 'username' | 'password'> {
  /** What to do if the database refuses the user: the second half of the error message. */
  readonly remedy: string;
  /** The user may be defined on any level, and a missing namespace or database is created. Default: false. */
  readonly isOwner?: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Runs `work` on a connection to the database, then closes the connection. Statements have no time limit, because a
 * migration may take long and the user is watching.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE` if the database does not answer, refuses the user, or the connection is lost
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
      return unreachable(`refuses the user ${username}; ${remedy}`);
    case 'SPOOKY_LINK_AWAY':
    case 'SPOOKY_LINK_LOST':
    case 'SPOOKY_LINK_SILENT':
      return unreachable('does not answer; start it (spooky dev, spooky db start), or correct the address.');
    default:
      return cause;
  }
}
