import { escapeIdent, NotAllowedError } from 'surrealdb';
import { LinkError } from '../errors.ts';
import type { LinkSettings, UserLevel } from '../options.ts';
import type { DatabaseSocket } from './database-socket.ts';

/**
 * Signs in the link's user on a socket, then selects the database. The order matters: selecting can create a namespace
 * or database, so a server may refuse it to a guest.
 *
 * @throws LinkError SPOOKY_LINK_SIGN_IN_REFUSED, SPOOKY_LINK_SIGN_IN_FAILED, and those of the socket
 */
export async function signIn(socket: DatabaseSocket, settings: LinkSettings): Promise<void> {
  const level = await levelOf(socket, settings);
  await select(socket, level, settings).catch((error: unknown) => {
    throw error instanceof LinkError ? error : failure(settings.name, error);
  });
}

async function select(socket: DatabaseSocket, level: UserLevel, settings: LinkSettings): Promise<void> {
  const { namespace, database, defineMissing } = settings;
  if (defineMissing && level === 'root') {
    await socket.query(`DEFINE NAMESPACE IF NOT EXISTS ${escapeIdent(namespace)}`);
  }
  if (defineMissing && level !== 'database') {
    await socket.call('use', [namespace, undefined]);
    await socket.query(`DEFINE DATABASE IF NOT EXISTS ${escapeIdent(database)}`);
  }
  await socket.call('use', [namespace, database]);
}

/** Signs in at the first level that accepts the user. */
async function levelOf(socket: DatabaseSocket, settings: LinkSettings): Promise<UserLevel> {
  const { namespace, database, username: user, password: pass } = settings;
  const scopes = { root: {}, namespace: { ns: namespace }, database: { ns: namespace, db: database } };
  const causes: unknown[] = [];
  for (const level of settings.levels) {
    try {
      await socket.call('signin', [{ ...scopes[level], user, pass }]);
      return level;
    } catch (error) {
      if (error instanceof LinkError) throw error;
      causes.push(error);
    }
  }
  throw refusal(settings.name, causes);
}

function refusal(name: string, causes: readonly unknown[]): LinkError {
  const odd = causes.find((cause) => !(cause instanceof NotAllowedError));
  if (odd !== undefined) return failure(name, odd);
  const remedy = 'check its user name and password, and that `spooky db migrate` has run';
  const message = `the database does not let ${name} in; ${remedy}`;
  return new LinkError('SPOOKY_LINK_SIGN_IN_REFUSED', message, { cause: causes.at(-1) });
}

function failure(name: string, cause: unknown): LinkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the database could not sign ${name} in (${reason}); check the server's log`;
  return new LinkError('SPOOKY_LINK_SIGN_IN_FAILED', message, { cause });
}
