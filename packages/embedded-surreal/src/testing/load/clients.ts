/** The users of the load test: record users who own notes and can read only their own. */
import { Surreal } from 'surrealdb';
import { OneEventPerTickWebSocket } from '../one-event-per-tick.ts';

export const root = { username: 'root', password: 'correct "horse" \\ battéry' };
const selected = { namespace: 'main', database: 'load' };

// A cheap hash. A real one would make this a test of argon2.
const schema = `
  DEFINE TABLE person PERMISSIONS NONE;
  DEFINE INDEX person_name ON person FIELDS name UNIQUE;
  DEFINE TABLE note PERMISSIONS FOR select, create, update, delete WHERE owner = $auth.name;
  DEFINE INDEX note_owner ON note FIELDS owner;
  DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE person SET name = $name, secret = crypto::sha256($secret))
    SIGNIN (SELECT * FROM person WHERE name = $name AND secret = crypto::sha256($secret));
`;

export async function connectOwner(url: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(url, { ...selected, authentication: root, reconnect: false });
  return client;
}

export async function defineSchema(owner: Surreal): Promise<void> {
  await owner.query(schema);
}

const credentials = (name: string) => ({ access: 'account', variables: { name, secret: `secret of ${name}` } });

export async function signUp(client: Surreal, name: string): Promise<void> {
  await client.signup(credentials(name));
}

export async function signIn(client: Surreal, name: string): Promise<void> {
  await client.signin(credentials(name));
}

/** A connection without a signed-in user. */
export async function connectGuest(url: string): Promise<Surreal> {
  const client = new Surreal({ websocketImpl: OneEventPerTickWebSocket });
  await client.connect(url, { ...selected, reconnect: false });
  return client;
}

export async function connectUser(url: string, name: string): Promise<Surreal> {
  const client = await connectGuest(url);
  await signIn(client, name);
  return client;
}
