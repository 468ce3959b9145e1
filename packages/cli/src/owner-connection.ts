import { escapeIdent, Surreal } from 'surrealdb';
import { CliError } from './errors.ts';

export interface OwnerTarget {
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Connects as the owner; namespace and database are made if they are not there. The owner may be a user of the root, of
 * the namespace or of the database.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export async function connectOwner(target: OwnerTarget): Promise<Surreal> {
  const { url, namespace, database } = target;
  const surreal = new Surreal();
  try {
    await surreal.connect(url, { reconnect: false });
  } catch (cause) {
    await surreal.close();
    throw unreachable(`The database at ${url} does not answer; start it, or correct the address.`, cause);
  }
  try {
    const level = await signIn(surreal, target);
    if (level === 'root') await surreal.query(`DEFINE NAMESPACE IF NOT EXISTS ${escapeIdent(namespace)}`).retry();
    await surreal.use({ namespace });
    if (level !== 'database') await surreal.query(`DEFINE DATABASE IF NOT EXISTS ${escapeIdent(database)}`).retry();
    await surreal.use({ namespace, database });
    return surreal;
  } catch (error) {
    await surreal.close();
    throw error;
  }
}

async function signIn(surreal: Surreal, target: OwnerTarget): Promise<'root' | 'namespace' | 'database'> {
  const { url, namespace, database, username, password } = target;
  const owner = { username, password };
  const levels = [
    ['root', owner],
    ['namespace', { ...owner, namespace }],
    ['database', { ...owner, namespace, database }],
  ] as const;
  let reason: unknown;
  for (const [level, authentication] of levels) {
    try {
      await surreal.signin(authentication);
      return level;
    } catch (error) {
      reason = error;
    }
  }
  throw unreachable(`The database at ${url} does not let ${username} in; check the owner's name and password.`, reason);
}

function unreachable(message: string, cause: unknown): CliError {
  return new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', message, { cause });
}
