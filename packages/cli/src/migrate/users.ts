import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';

export interface ServiceUser {
  readonly name: string;
  readonly password: string;
}

interface DefinedUser {
  readonly name: string;
  readonly hash: string;
  readonly roles: readonly string[];
}

const VERIFY = 'RETURN crypto::argon2::compare($hash, $password)';
const HASH = 'RETURN crypto::argon2::generate($password)';

/**
 * Makes each service user as it should be: an editor of this database with this password. Hashing and checking take
 * some 30 ms each; who is already right is only checked. Passwords travel as parameters, and statements hold hashes, so
 * that no log of statements ever holds a password.
 *
 * @returns the names of those that were made or changed
 */
export async function ensureUsers(database: Queries, users: readonly ServiceUser[]): Promise<string[]> {
  const [info] = await database.queryAll<[{ users: readonly DefinedUser[] }]>('INFO FOR DB STRUCTURE');
  const changed: string[] = [];
  for (const user of users) {
    if (
      await isRight(
        database,
        user,
        info.users.find(({ name }) => name === user.name),
      )
    )
      continue;
    const [hash] = await database.queryAll<[string]>(HASH, { password: user.password });
    const name = escapeIdent(user.name);
    await database.queryAll(`DEFINE USER OVERWRITE ${name} ON DATABASE PASSHASH '${hash}' ROLES EDITOR`);
    changed.push(user.name);
  }
  return changed;
}

async function isRight(database: Queries, user: ServiceUser, defined: DefinedUser | undefined): Promise<boolean> {
  if (defined === undefined || defined.roles.join().toUpperCase() !== 'EDITOR') return false;
  const [same] = await database.queryAll<[boolean]>(VERIFY, { hash: defined.hash, password: user.password });
  return same;
}
