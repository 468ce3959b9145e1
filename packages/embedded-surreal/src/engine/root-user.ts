import { EmbeddedSurrealError } from '../errors.ts';
import type { Engine } from './engine.ts';

export interface RootUser {
  readonly username: string;
  readonly password: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Makes the owner of everything, or gives it this password. Throws SPOOKY_DB_ROOT_INVALID. */
export async function defineRoot(engine: Engine, { username, password }: RootUser): Promise<void> {
  if (!NAME.test(username)) {
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The root user needs a name of letters, digits, _ and -, beginning with a letter; choose another.',
    );
  }
  if (password === '') {
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The root user needs a password; there is no default. Pass one, or start without a root user.',
    );
  }
  // DEFINE USER takes no parameter for the password; a JSON string is also one of SurrealQL.
  const statement = `DEFINE USER OVERWRITE \`${username}\` ON ROOT PASSWORD ${JSON.stringify(password)} ROLES OWNER`;
  try {
    await engine.queryAsOwner(`${statement} DURATION FOR TOKEN 1h, FOR SESSION NONE`);
  } catch {
    // The engine's message would quote the statement, and with it the password.
    throw new EmbeddedSurrealError(
      'SPOOKY_DB_ROOT_INVALID',
      'The database did not accept the root user. Choose a password without control characters.',
    );
  }
}

/** Throws SPOOKY_DB_ROOT_INVALID when the data has no root user yet. */
export async function requireRoot(engine: Engine): Promise<void> {
  const [info] = await engine.queryAsOwner('INFO FOR ROOT');
  if (Object.keys(Object(Object(info).users)).length > 0) return;
  throw new EmbeddedSurrealError(
    'SPOOKY_DB_ROOT_INVALID',
    'This data has no root user yet, so no user could sign in. Give the name and the password of one to make.',
  );
}
