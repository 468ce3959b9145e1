/**
 * Users with accounts, threads that everyone reads and only their authors write, and suggestions and jobs that only one
 * user sees.
 */
import type { Surreal } from 'surrealdb';
import { connectGuest } from './database.ts';

const SCHEMA = `
  DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
  DEFINE FIELD username ON user TYPE string;
  DEFINE FIELD password ON user TYPE string PERMISSIONS FOR select NONE;
  DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP {
      LET $user = type::record('user', string::lowercase($username));
      IF record::exists($user) { THROW 'username-taken' };
      CREATE $user SET username = $username, password = crypto::argon2::generate($password)
    }
    SIGNIN (SELECT * FROM type::record('user', string::lowercase($username))
      WHERE crypto::argon2::compare(password, $password))
    WITH REFRESH DURATION FOR TOKEN 15m, FOR SESSION 12h;
  DEFINE TABLE thread SCHEMALESS PERMISSIONS
    FOR select WHERE $auth.id != NONE
    FOR create, update, delete WHERE $auth.id != NONE AND author = $auth.id;
  DEFINE FIELD author ON thread TYPE record<user> DEFAULT $auth.id READONLY;
  DEFINE TABLE suggestion SCHEMALESS PERMISSIONS
    FOR select WHERE $auth.id != NONE AND thread.author = $auth.id
    FOR create, update, delete NONE;
  DEFINE FIELD thread ON suggestion TYPE record<thread>;
  DEFINE TABLE job SCHEMALESS PERMISSIONS FOR select WHERE $auth.id != NONE AND created_by = $auth.id;
`;

export const applySchema = (admin: Surreal): Promise<unknown> => Promise.resolve(admin.query(SCHEMA));

export interface Person {
  readonly client: Surreal;
  readonly tokens: { access: string; refresh?: string };
}

/** A user with a new account, on a new connection. */
export async function signUp(url: string, username: string): Promise<Person> {
  const client = await connectGuest(url);
  const tokens = await client.signup({ access: 'account', variables: { username, password: 'password-1' } });
  return { client, tokens: { access: tokens.access, ...(tokens.refresh ? { refresh: tokens.refresh } : {}) } };
}
