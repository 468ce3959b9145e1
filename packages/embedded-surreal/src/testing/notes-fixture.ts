/**
 * A schema in the tests' database: users sign up through the access `person`, and each has notes that others cannot
 * read.
 *
 * It is separate from `fixture.ts`. Here passwords are cheap to check, because it is used by servers whose queries end
 * after a second. There they are expensive, because a flood of sign-ins must cost as much as in production.
 */
import type { Surreal } from 'surrealdb';
import { connectGuest } from './database.ts';

const SCHEMA = `
  DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select WHERE id = $auth.id;
  DEFINE FIELD name ON user TYPE string;
  DEFINE FIELD pass ON user TYPE string PERMISSIONS FOR select NONE;
  DEFINE ACCESS person ON DATABASE TYPE RECORD
    SIGNUP (CREATE type::record("user", $name) SET name = $name, pass = crypto::sha256($pass))
    SIGNIN (SELECT * FROM user WHERE name = $name AND pass = crypto::sha256($pass))
    DURATION FOR TOKEN 1h, FOR SESSION 1h;
  DEFINE TABLE note PERMISSIONS
    FOR select WHERE owner = $auth.id OR $auth.id = NONE
    FOR create, update, delete WHERE owner = $auth.id;
  DEFINE FIELD owner ON note TYPE option<record<user>>;
  DEFINE FIELD text ON note TYPE option<string>;
  DEFINE FIELD secret ON note TYPE option<string> PERMISSIONS FOR select NONE;
  DEFINE INDEX note_text ON note FIELDS text;
  DEFINE FUNCTION fn::make_note() { CREATE note SET text = "made" } PERMISSIONS FULL;
`;

export const applyFixture = (admin: Surreal): Promise<unknown> => Promise.resolve(admin.query(SCHEMA));

export interface FixturePerson {
  readonly client: Surreal;
  readonly token: string;
}

/** A record user on a new connection. */
export async function signUpFixture(url: string, name: string): Promise<FixturePerson> {
  const client = await connectGuest(url);
  const { access } = await client.signup({ access: 'person', variables: { name, pass: 'password-1' } });
  return { client, token: access };
}
