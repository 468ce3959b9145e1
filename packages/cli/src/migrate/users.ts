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
 * Creates or corrects service users: each must be an editor of this database with the given password. Hashing a password takes about
 * 30 ms, and so does checking one. Correct users are only checked. Passwords are parameters and statements contain hashes, so that a
 * log of statements never contains a password.
 *
 * @returns the names of the users that were created or changed
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
