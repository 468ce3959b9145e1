import { escapeIdent, type Surreal } from 'surrealdb';
import { withConnection } from './connection.ts';
import { CliError } from './errors.ts';

export interface OwnerTarget {
  readonly url: string;
  readonly namespace: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Runs `work` as the owner; namespace and database are made if they are not there. The owner may be a user of the root,
 * of the namespace or of the database.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export function withOwner<T>(target: OwnerTarget, work: (database: Surreal) => Promise<T>): Promise<T> {
  const { url, namespace, database } = target;
  return withConnection(url, async (surreal) => {
    const level = await signIn(surreal, target);
    if (level === 'root') await surreal.query(`DEFINE NAMESPACE IF NOT EXISTS ${escapeIdent(namespace)}`);
    await surreal.use({ namespace });
    if (level !== 'database') await surreal.query(`DEFINE DATABASE IF NOT EXISTS ${escapeIdent(database)}`);
    await surreal.use({ namespace, database });
    return work(surreal);
  });
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
  throw new CliError(
    'SPOOKY_CLI_DATABASE_UNREACHABLE',
    `The database at ${url} does not let ${username} in; check the owner's name and password.`,
    { cause: reason },
  );
}
