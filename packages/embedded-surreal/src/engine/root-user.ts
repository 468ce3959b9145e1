import { EmbeddedSurrealError } from '../errors.ts';
import type { Engine } from './engine.ts';

/** The name and password of the root user, who has every right. */
export interface RootUser {
  /** Letters, digits, `_` and `-`, starting with a letter or `_`; at most 63 characters. */
  readonly username: string;
  /** Must not be empty and must not contain control characters. */
  readonly password: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Defines the root user, or changes its password. Throws SPOOKY_DB_ROOT_INVALID. */
export async function defineRoot(engine: Engine, { username, password }: RootUser): Promise<void> {
  if (!NAME.test(username)) {
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The root user’s name must consist of letters, digits, _ and -, and start with a letter or _; choose another name.',
    );
  }
  if (password === '') {
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The root user has no password, and there is no default. Pass a password, or start without a root user.',
    );
  }
  // DEFINE USER accepts no parameter for the password. A JSON string is also a valid SurrealQL string.
  const statement = `DEFINE USER OVERWRITE \`${username}\` ON ROOT PASSWORD ${JSON.stringify(password)} ROLES OWNER`;
  try {
    await engine.queryAsOwner(`${statement} DURATION FOR TOKEN 1h, FOR SESSION NONE`);
  } catch {
    // The engine's message would quote the statement and thereby the password.
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The database did not accept the root user. Choose a password without control characters.',
    );
  }
}

/** Throws SPOOKY_DB_ROOT_INVALID if the data has no root user. */
export async function requireRoot(engine: Engine): Promise<void> {
  const [info] = await engine.queryAsOwner('INFO FOR ROOT');
  if (Object.keys(Object(Object(info).users)).length > 0) return;
  throw new EmbeddedSurrealError(
    'SPOOKY_DB_ROOT_INVALID',
    'This data has no root user yet, so no user could sign in. Pass a name and a password to define one.',
  );
}
