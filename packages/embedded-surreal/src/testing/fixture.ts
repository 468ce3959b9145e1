/** A small schema for permission tests: users who sign up through the access `account`, and their notes. */
import type { Surreal } from 'surrealdb';

export const place = { namespace: 'app', database: 'app' };

const SCHEMA = `
  DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select, update WHERE id = $auth.id;
  DEFINE FIELD name ON user TYPE string;
  DEFINE FIELD pass ON user TYPE string PERMISSIONS FOR select NONE;
  DEFINE INDEX name ON user FIELDS name UNIQUE;
  DEFINE TABLE note SCHEMALESS PERMISSIONS FULL;
  DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE user SET name = $name, pass = crypto::argon2::generate($pass))
    SIGNIN (SELECT * FROM user WHERE name = $name AND crypto::argon2::compare(pass, $pass))
    WITH REFRESH DURATION FOR TOKEN 1h, FOR SESSION 1h;
  DEFINE USER service ON DATABASE PASSWORD 'service-1' ROLES EDITOR`;

/** A user of the database level, as a backend or a gateway has. */
export const service = { ...place, username: 'service', password: 'service-1' };

export async function applyFixture(owner: Surreal): Promise<void> {
  await owner.use(place);
  await owner.query(SCHEMA);
}
